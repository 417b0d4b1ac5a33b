#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace assay::mpc {

/// A map of two ring tensors that is linear in each: what a product protocol needs to know of it.
///
/// f(X + a, Y + b) = f(X, Y) + f(X, b) + f(a, Y) + f(a, b): with X, Y public and a, b shared, only
/// the last term needs help. Elementwise products, matrix products and convolutions are all of this
/// kind, so each protocol multiplies in one place.
struct Bilinear {
  using Map = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;
  std::string name;
  Map ring;  ///< on int64 tensors, modulo 2^64
  Map real;  ///< the same map on float64 tensors: bounds what the ring must hold

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& y) const { return ring(x, y); }
};

/// x y, broadcast.
const Bilinear& elementwise();

/// As torch.matmul for two or more dimensions; leading dimensions are broadcast.
/// Errors (of the map): std::invalid_argument if the inner dimensions differ.
const Bilinear& matrix_product();

struct Convolution {
  std::int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  /// Errors: std::invalid_argument.
  void validate() const;
};

/// input [N, C, H, W], weight [O, C / groups, kh, kw] -> [N, O, H', W'].
Bilinear convolution(const Convolution& how);
/// Gradient with respect to an input of `height` x `width` (also the transposed convolution):
/// grad_output [N, O, H', W'], weight -> [N, C, height, width].
Bilinear convolution_input_gradient(const Convolution& how, std::int64_t height,
                                    std::int64_t width);
/// Gradient with respect to the weight: input, grad_output -> [O, C / groups, kh, kw].
Bilinear convolution_weight_gradient(const Convolution& how, std::int64_t kernel_h,
                                     std::int64_t kernel_w);

}  // namespace assay::mpc
