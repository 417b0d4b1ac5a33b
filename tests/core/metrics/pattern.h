#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

namespace assay::metrics {

/// An image of noise-like values in [0, 1], the same here and in pinned_values.py.
inline at::Tensor pattern(std::int64_t channels, std::int64_t height, std::int64_t width,
                          std::int64_t seed) {
  const auto i = at::arange(channels * height * width, at::kLong);
  const auto values = (i * i * 7919 + i * 104729 + seed * 15485863).remainder(1009);
  return (values.to(at::kDouble) / 1008.0).view({channels, height, width});
}

/// A degraded copy of pattern(..., 1).
inline at::Tensor degraded(std::int64_t channels, std::int64_t height, std::int64_t width) {
  return 0.7 * pattern(channels, height, width, 1) + 0.3 * pattern(channels, height, width, 2);
}

}  // namespace assay::metrics
