#include "attacks/attribute_inference/attribute.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/one_hot.h>
#include <fmt/format.h>

#include <stdexcept>

#include "attacks/ridge.h"

namespace assay::attacks {
namespace {

constexpr std::int64_t kMostValues = 16;
/// The penalty on the weights, for each record that they are fitted to.
constexpr double kRidge = 0.01;

}  // namespace

Attribute::Attribute(const Dataset& public_records, std::int64_t feature) : feature_(feature) {
  const auto& inputs = public_records.inputs;
  if (inputs.dim() != 2 || feature < 0 || feature >= inputs.size(1)) {
    throw std::invalid_argument(fmt::format(
        "attribute: expected feature {} of a table, got records of {} dimensions and {} features",
        feature, inputs.dim() - 1, inputs.size(1)));
  }
  const auto [values, inverse, counts] =
      at::_unique2(inputs.select(1, feature), /*sorted=*/true, /*return_inverse=*/false,
                   /*return_counts=*/true);
  if (values.numel() < 2 || values.numel() > kMostValues) {
    throw std::invalid_argument(
        fmt::format("attribute: expected feature {} to have 2 to {} values among public records, "
                    "got {}",
                    feature, kMostValues, values.numel()));
  }
  values_ = values;
  shares_ = counts.to(at::kDouble) / static_cast<double>(public_records.size());
}

at::Tensor Attribute::filled(const at::Tensor& records, std::int64_t v) const {
  auto out = records.clone();
  out.select(1, feature_).fill_(values_[v]);
  return out;
}

at::Tensor Attribute::filled_each(const at::Tensor& records, const at::Tensor& v) const {
  auto out = records.clone();
  out.select(1, feature_).copy_(values_.index_select(0, v));
  return out;
}

at::Tensor Attribute::imputed(const Dataset& public_records, const Dataset& records) const {
  const auto classes = std::max(public_records.labels.max().item<std::int64_t>(),
                                records.labels.max().item<std::int64_t>()) +
                       1;
  const auto seen = [&](const Dataset& data) {
    auto x = data.inputs.to(at::kDouble).clone();
    x.select(1, feature_).zero_();
    const auto y = at::one_hot(data.labels, classes).to(at::kDouble);
    return at::cat({x, x.square(), y}, 1);
  };
  const auto known = seen(public_records), asked = seen(records);
  const auto mean = known.mean(0), scale = (known - mean).square().mean(0).sqrt().clamp_min(1e-9);
  const auto which =
      public_records.inputs.select(1, feature_).unsqueeze(1).eq(values_).to(at::kDouble);
  const auto weights = ridge((known - mean) / scale, which - shares_,
                             kRidge * static_cast<double>(public_records.size()));
  return (((asked - mean) / scale).matmul(weights) + shares_).argmax(1);
}

}  // namespace assay::attacks
