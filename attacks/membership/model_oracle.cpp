#include "attacks/membership/model_oracle.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <stdexcept>

#include "attacks/membership/confidence.h"
#include "core/training/evaluate.h"
#include "core/training/loss.h"

namespace assay::attacks {

ModelOracle::ModelOracle(const View& view, const char* attack) {
  const Observation* release = nullptr;
  for (const auto& observation : view.observations) {
    if (observation.kind() == ObservationKind::released_model) release = &observation;
  }
  if (release == nullptr) {
    throw std::invalid_argument(
        fmt::format("{}: expected a released model in the view, got none", attack));
  }
  if (!view.context.model)
    throw std::invalid_argument(fmt::format("{}: expected the model's architecture", attack));
  if (!statistics_of(*view.context.model).empty()) {
    throw std::invalid_argument(fmt::format(
        "{}: expected a model whose answers about a record depend on that record alone, got one "
        "with BatchNorm",
        attack));
  }
  model_ = {*view.context.model, release->update().values};
}

at::Tensor ModelOracle::logits(const at::Tensor& inputs) {
  queries_ += inputs.size(0);
  return logits_of(model_, inputs);
}

at::Tensor ModelOracle::labels(const at::Tensor& inputs) {
  return predictions(logits(inputs));
}

const Dataset& candidates_of(const Auxiliary& auxiliary, const char* attack) {
  if (!auxiliary.candidates || auxiliary.candidates->size() == 0)
    throw std::invalid_argument(fmt::format("{}: expected candidates, got none", attack));
  return *auxiliary.candidates;
}

ShadowConfidences shadow_confidences(const Auxiliary& auxiliary, const Dataset& records,
                                     const char* attack) {
  const auto candidates = candidates_of(auxiliary, attack).size();
  std::vector<at::Tensor> phi, members;
  for (const auto& shadow : auxiliary.shadows) {
    if (shadow.members.sizes() != at::IntArrayRef{candidates}) {
      throw std::invalid_argument(
          fmt::format("{}: expected a shadow's membership of {} candidates, got {}", attack,
                      candidates, shadow.members.numel()));
    }
    phi.push_back(scaled_confidence(logits_of(shadow.model, records.inputs), records.labels));
    members.push_back(shadow.members.to(at::kBool));
  }
  if (phi.empty())
    throw std::invalid_argument(fmt::format("{}: expected shadow models, got none", attack));
  return {at::stack(phi), at::stack(members)};
}

Evidence membership_evidence(const at::Tensor& scores, const ModelOracle& oracle) {
  const auto values = scores.to(at::kDouble).contiguous();
  const auto* value = values.const_data_ptr<double>();
  Evidence evidence;
  for (std::int64_t i = 0; i < values.numel(); ++i)
    evidence.memberships.push_back({i, value[i]});
  evidence.model_queries = oracle.queries();
  return evidence;
}

}  // namespace assay::attacks
