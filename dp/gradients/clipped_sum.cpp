#include "dp/gradients/clipped_sum.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <stdexcept>

namespace assay::dp {

ClippedSum ClippedSum::zeros(const ModelSpec& spec) {
  ClippedSum out;
  for (const auto& parameter : parameters_of(spec))
    out.sum.push_back(at::zeros(parameter.shape, at::kFloat));
  out.norms = at::zeros({0}, at::kFloat);
  return out;
}

ClippedSum& ClippedSum::operator+=(const ClippedSum& other) {
  if (sum.size() != other.sum.size()) {
    throw std::invalid_argument(fmt::format("expected a clipped sum of {} parameters, got {}",
                                            sum.size(), other.sum.size()));
  }
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] += other.sum[i];
  norms = at::cat({norms, other.norms});
  examples += other.examples;
  clipped += other.clipped;
  not_finite += other.not_finite;
  loss += other.loss;
  return *this;
}

}  // namespace assay::dp
