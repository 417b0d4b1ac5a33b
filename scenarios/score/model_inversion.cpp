#include "scenarios/score/model_inversion.h"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include "scenarios/score/gallery.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

constexpr std::int64_t kGalleryClasses = 8;

json values(const at::Tensor& log_probabilities, std::int64_t k) {
  return {{"recognised", log_probabilities.argmax().item<std::int64_t>() == k ? 1.0 : 0.0},
          {"evaluator_confidence", log_probabilities[k].exp().item<double>()}};
}

}  // namespace

json score_inversions(const InversionInput& in) {
  const auto start = in.corpus.auxiliary.inputs.mean(0);
  const auto start_scores = in.evaluator.log_probabilities(start.unsqueeze(0))[0];
  json units = json::array();
  std::size_t diverged = 0;
  for (const auto& r : in.evidence.reconstructions) {
    const auto k = r.target_class.value();
    const bool failed = r.diverged || !r.inputs.isfinite().all().item<bool>();
    diverged += failed ? 1 : 0;
    json unit = {{"unit", fmt::format("class/{}", k)},
                 {"values", failed ? json{{"recognised", 0.0}, {"evaluator_confidence", 0.0}}
                                   : values(in.evaluator.log_probabilities(r.inputs)[0], k)},
                 {"nulls", {{"mean of the public records", values(start_scores, k)}}},
                 {"diverged", failed},
                 {"gradient_evaluations", r.gradient_evaluations}};
    if (!in.gallery.empty() && k < kGalleryClasses && !failed) {
      const auto shown = in.corpus.train.labels.eq(k).nonzero()[0].item<std::int64_t>();
      const auto original = fmt::format("{}-original.png", k),
                 rebuilt = fmt::format("{}-rebuilt.png", k);
      save_png(in.corpus.train.inputs[shown], in.gallery / original);
      save_png(r.inputs[0], in.gallery / rebuilt);
      save_png(start, in.gallery / "null.png");
      unit["gallery"] = {{"original", original}, {"rebuilt", rebuilt}, {"null", "null.png"}};
    }
    units.push_back(std::move(unit));
  }
  return {{"units", std::move(units)}, {"diverged", diverged}};
}

}  // namespace assay::scenarios
