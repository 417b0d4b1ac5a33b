#include "dp/system/record_sum.h"

#include <ATen/ops/cat.h>

#include <unordered_map>

#include "dp/audit/canary_gradients.h"

namespace assay::dp {
namespace {

/// One after another.
Dataset joined(const std::vector<Dataset>& parts) {
  std::vector<at::Tensor> inputs, truths;
  for (const auto& part : parts) {
    inputs.push_back(part.inputs);
    truths.push_back(part.truth());
  }
  Dataset out{at::cat(inputs), {}, {}};
  (parts.front().targets.defined() ? out.targets : out.labels) = at::cat(truths);
  return out;
}

class ClippedRecords final : public RecordSum {
 public:
  ClippedRecords(const Setup& setup, const Task& task, Rank worker, const ClippingOptions& clipping)
      : setup_(setup),
        task_(task),
        gradient_(setup.model, task.how.loss, clipping,
                  setup.options.balance.micro_batch_of(worker, setup.options.micro_batch)) {
    if (!setup.canaries) return;
    const auto& records = setup.canaries->records;
    for (std::size_t i = 0; i < records.size(); ++i)
      canary_at_.emplace(records[i], i);
    if (setup.canaries->gradient_norm) canaries_.emplace(setup.model, *setup.canaries, clipping);
  }

  ClippedSum operator()(const Parameters& weights, const Batch& batch, PhaseTimes& times) override {
    const auto drawn = split(batch.records);
    auto sum = sum_of(weights, data_of(drawn.records, batch.foreign), times);
    if (!drawn.canaries.empty()) sum += (*canaries_)(drawn.canaries);
    return sum;
  }

  void set_clip_norm(double clip_norm) override {
    gradient_.set_clip_norm(clip_norm);
    if (canaries_) canaries_->set_clip_norm(clip_norm);
  }

 private:
  /// Those with gradients of their own, and canaries whose gradients an auditor chose.
  struct Drawn {
    std::vector<std::int64_t> records, canaries;
  };
  Drawn split(const std::vector<std::int64_t>& records) const {
    if (canary_at_.empty()) return {records, {}};
    Drawn out;
    for (const auto record : records) {
      const auto canary = canary_at_.find(record);
      if (canary == canary_at_.end()) {
        out.records.push_back(record);
      } else if (setup_.canaries->included[canary->second]) {
        if (canaries_)
          out.canaries.push_back(static_cast<std::int64_t>(canary->second));
        else
          out.records.push_back(record);
      }
    }
    return out;
  }

  Dataset data_of(const std::vector<std::int64_t>& records,
                  const std::vector<Dataset>& foreign) const {
    if (foreign.empty()) return task_.train.subset(records);
    std::vector<Dataset> parts = {task_.train.subset(records)};
    parts.insert(parts.end(), foreign.begin(), foreign.end());
    return joined(parts);
  }

  ClippedSum sum_of(const Parameters& weights, const Dataset& data, PhaseTimes& times) const {
    if (data.truth().size(0) == 0) return ClippedSum::zeros(setup_.model);
    return gradient_(weights, data.inputs, data.truth(), &times);
  }

  const Setup& setup_;
  const Task& task_;
  ClippedGradient gradient_;
  std::unordered_map<std::int64_t, std::size_t> canary_at_;  // by record
  std::optional<CanaryGradients> canaries_;
};

}  // namespace

std::int64_t Batch::size() const {
  auto count = std::ssize(records);
  for (const auto& part : foreign)
    count += part.truth().size(0);
  return count;
}

std::unique_ptr<RecordSum> clipped_records(const Setup& setup, const Task& task, Rank worker,
                                           const ClippingOptions& clipping) {
  return std::make_unique<ClippedRecords>(setup, task, worker, clipping);
}

}  // namespace assay::dp
