#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace assay::dp {

/// The windows of a picture that a convolution looks at, zeros around it.
struct Windows {
  std::array<std::int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0};  ///< height, width

  /// One row for each of T positions: float32 [batch, channels, H, W] -> [batch, T, kernel *
  /// channels]. Channels come last, so that a row of a window is copied as one piece.
  at::Tensor unfold(const at::Tensor& x) const;

  /// Each example's gradient of the convolution's weight, sum_t g_it a_it^T: [batch, out, kernel *
  /// channels] from x [batch, channels, H, W] and g [batch, out, H', W']. Windows are unfolded for
  /// few examples at a time.
  at::Tensor weight_gradients(const at::Tensor& x, const at::Tensor& g) const;

  /// Their sum as the weight is laid out, [out, channels, kernel...].
  at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& g) const;

  /// [out, kernel * channels] as the weight is laid out, [out, channels, kernel...].
  at::Tensor as_weight(const at::Tensor& x) const;

  /// How many examples of x are unfolded at a time: as many as fit in a cache.
  std::int64_t at_a_time(const at::Tensor& x) const;

 private:
  std::array<std::int64_t, 2> positions(const at::Tensor& x) const;
};

}  // namespace assay::dp
