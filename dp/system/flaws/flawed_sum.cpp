#include "dp/system/flaws/flawed_sum.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>

#include "core/update/update.h"

namespace assay::dp {
namespace {

class ClippedMeans final : public RecordSum {
 public:
  /// `chunk`: records of a mean; 0: all.
  ClippedMeans(const Setup& setup, const Task& task, Rank worker, std::int64_t chunk)
      : setup_(setup),
        bare_(clipped_records(setup, task, worker, {.clip_norm = kNoClipping})),
        clip_norm_(setup.options.clipping.clip_norm),
        chunk_(chunk) {}

  ClippedSum operator()(const Parameters& weights, const Batch& batch, PhaseTimes& times) override {
    const auto& records = batch.records;  // of others there are none (Setup)
    auto out = ClippedSum::zeros(setup_.model);
    const auto drawn = std::ssize(records), step = chunk_ > 0 ? chunk_ : drawn;
    for (std::int64_t begin = 0; begin < drawn; begin += step) {
      const auto end = std::min(begin + step, drawn);
      auto part =
          (*bare_)(weights, {.records = {records.begin() + begin, records.begin() + end}}, times);
      const auto count = static_cast<double>(end - begin);
      const auto mean = flatten(part.sum) / count;
      const auto norm = mean.norm().item<double>();
      part.sum = unflatten(setup_.shapes, mean * (count * std::min(1.0, clip_norm_ / norm)));
      out += part;
    }
    return out;
  }

  void set_clip_norm(double clip_norm) override { clip_norm_ = clip_norm; }

 private:
  const Setup& setup_;
  std::unique_ptr<RecordSum> bare_;
  double clip_norm_;
  std::int64_t chunk_;
};

}  // namespace

std::unique_ptr<RecordSum> flawed_sum(const Setup& setup, const Task& task, Rank worker) {
  if (setup.options.flaw == Flaw::clip_after_sum)
    return std::make_unique<ClippedMeans>(setup, task, worker, 0);
  if (setup.options.flaw == Flaw::microbatch_clipping)
    return std::make_unique<ClippedMeans>(setup, task, worker, setup.options.micro_batch);
  return nullptr;
}

}  // namespace assay::dp
