#include "core/metrics/mse.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "core/metrics/values.h"

namespace assay::metrics {

double mse(const at::Tensor& a, const at::Tensor& b) {
  const auto x = finite_values(a, "the first tensor");
  const auto y = finite_values(b, "the second tensor");
  require_comparable(x, y);
  return (x - y).square().mean().item<double>();
}

}  // namespace assay::metrics
