#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace assay::dp {

/// The windows of a picture that a convolution looks at, zeros around it.
struct Windows {
  std::array<std::int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0};  ///< height, width

  /// [batch, channels, H, W] -> [batch, channels * kernel, positions]
  at::Tensor unfold(const at::Tensor& x) const;

  /// The gradient of the convolution's weight: sum_i sum_t g_it a_it^T, [out, channels, kernel...].
  /// x [batch, channels, H, W], g [batch, out, H', W'].
  at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& g) const;

  /// The same without the sum over the batch: [batch, out, channels, kernel...].
  at::Tensor weight_gradients(const at::Tensor& x, const at::Tensor& g) const;
};

}  // namespace assay::dp
