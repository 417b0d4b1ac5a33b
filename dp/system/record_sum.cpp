#include "dp/system/record_sum.h"

#include <unordered_map>

#include "dp/audit/canary_gradients.h"

namespace assay::dp {
namespace {

class ClippedRecords final : public RecordSum {
 public:
  ClippedRecords(const Setup& setup, const Task& task, const ClippingOptions& clipping)
      : setup_(setup),
        task_(task),
        gradient_(setup.model, task.how.loss, clipping, setup.options.micro_batch) {
    if (!setup.canaries) return;
    const auto& records = setup.canaries->records;
    for (std::size_t i = 0; i < records.size(); ++i)
      canary_at_.emplace(records[i], i);
    if (setup.canaries->gradient_norm) canaries_.emplace(setup.model, *setup.canaries, clipping);
  }

  ClippedSum operator()(const Parameters& weights, const std::vector<std::int64_t>& records,
                        PhaseTimes& times) override {
    const auto drawn = split(records);
    auto sum = sum_of(weights, drawn.records, times);
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

  ClippedSum sum_of(const Parameters& weights, const std::vector<std::int64_t>& records,
                    PhaseTimes& times) const {
    if (records.empty()) return ClippedSum::zeros(setup_.model);
    const auto batch = task_.train.subset(records);
    return gradient_(weights, batch.inputs, batch.truth(), &times);
  }

  const Setup& setup_;
  const Task& task_;
  ClippedGradient gradient_;
  std::unordered_map<std::int64_t, std::size_t> canary_at_;  // by record
  std::optional<CanaryGradients> canaries_;
};

}  // namespace

std::unique_ptr<RecordSum> clipped_records(const Setup& setup, const Task& task,
                                           const ClippingOptions& clipping) {
  return std::make_unique<ClippedRecords>(setup, task, clipping);
}

}  // namespace assay::dp
