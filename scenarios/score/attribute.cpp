#include "scenarios/score/attribute.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros_like.h>

#include <stdexcept>

#include "attacks/attribute_inference/attribute.h"
#include "scenarios/registry.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

double share_of(const at::Tensor& right, const at::Tensor& among) {
  return right.masked_select(among).to(at::kDouble).mean().item<double>();
}

/// `right` [candidates] bool.
json values_of(const at::Tensor& right, const at::Tensor& members) {
  const double of_members = share_of(right, members);
  return {{kAttributeAccuracy, of_members},
          {kAttributeAdvantage, of_members - share_of(right, members.logical_not())}};
}

}  // namespace

json score_attributes(const AttributeInput& in) {
  if (in.members.numel() != in.candidates.size())
    throw std::invalid_argument("expected the truth about every candidate");
  const auto truth = in.candidates.inputs.select(1, in.feature);
  const auto& found = in.evidence.reconstructions;
  const bool any =
      found.size() == 1 && found.front().inputs.sizes() == in.candidates.inputs.sizes();
  const auto right =
      any ? found.front().inputs.select(1, in.feature).eq(truth) : at::zeros_like(in.members);
  const attacks::Attribute attribute(in.public_data, in.feature);
  const auto imputed =
      attribute.values().index_select(0, attribute.imputed(in.public_data, in.candidates));
  json unit = {{"unit", "model"},
               {"values", values_of(right, in.members)},
               {"nulls", {{kImputation, values_of(imputed.eq(truth), in.members)}}},
               {"diverged", !any},
               {"gradient_evaluations", 0}};
  return {{"units", json::array({std::move(unit)})}, {"diverged", any ? 0 : 1}};
}

}  // namespace assay::scenarios
