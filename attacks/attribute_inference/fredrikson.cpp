#include "attacks/attribute_inference/fredrikson.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>

#include "attacks/attribute_inference/attribute.h"
#include "attacks/membership/model_oracle.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "fredrikson";

class Fredrikson final : public Attack {
 public:
  explicit Fredrikson(const FredriksonOptions& options) : options_(options) {}

  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream&,
               const Progress& progress) override {
    ModelOracle oracle(view, kName);
    const auto& candidates = candidates_of(auxiliary, kName);
    if (!auxiliary.public_data)
      throw std::invalid_argument("fredrikson: expected public records, got none");
    const Attribute attribute(*auxiliary.public_data, options_.feature);
    std::vector<at::Tensor> scores;
    for (std::int64_t v = 0; v < attribute.values().numel(); ++v) {
      const auto logits = oracle.logits(attribute.filled(candidates.inputs, v)).to(at::kDouble);
      scores.push_back(
          at::log_softmax(logits, 1).gather(1, candidates.labels.unsqueeze(1)).squeeze(1) +
          attribute.shares()[v].log());
      progress(static_cast<double>(v + 1) / static_cast<double>(attribute.values().numel()));
    }
    const auto best = at::stack(scores, 1).max(1);
    const auto labels = candidates.labels.contiguous();
    const auto* label = labels.const_data_ptr<std::int64_t>();
    Evidence evidence;
    evidence.reconstructions.push_back(
        {.inputs = attribute.filled_each(candidates.inputs, std::get<1>(best)),
         .labels = {label, label + labels.numel()},
         .loss = -std::get<0>(best).mean().item<double>()});
    evidence.model_queries = oracle.queries();
    return evidence;
  }

 private:
  FredriksonOptions options_;
};

}  // namespace

void FredriksonOptions::validate() const {
  if (feature < 0) {
    throw std::invalid_argument("fredrikson: expected a feature from 0, got " +
                                std::to_string(feature));
  }
}

std::unique_ptr<Attack> make_fredrikson(const FredriksonOptions& options) {
  options.validate();
  return std::make_unique<Fredrikson>(options);
}

}  // namespace assay::attacks
