#include "dp/gradients/window.h"

#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/im2col.h>
#include <ATen/ops/mm.h>

namespace assay::dp {

at::Tensor Windows::unfold(const at::Tensor& x) const {
  return at::im2col(x, kernel, /*dilation=*/{1, 1}, padding, stride);
}

at::Tensor Windows::weight_gradient(const at::Tensor& x, const at::Tensor& g) const {
  const auto weight = at::empty({g.size(1), x.size(1), kernel[0], kernel[1]}, x.options());
  return std::get<1>(at::convolution_backward(g, x, weight, at::OptionalIntArrayRef{}, stride,
                                              padding, /*dilation=*/{1, 1}, /*transposed=*/false,
                                              /*output_padding=*/{0, 0}, /*groups=*/1,
                                              {false, true, false}));
}

at::Tensor Windows::weight_gradients(const at::Tensor& x, const at::Tensor& g) const {
  const auto batch = x.size(0), out = g.size(1);
  auto gradients = at::empty({batch, out, x.size(1), kernel[0], kernel[1]}, x.options());
  for (std::int64_t i = 0; i < batch; ++i) {
    auto gradient = gradients[i].view({out, -1});
    at::mm_out(gradient, g[i].view({out, -1}), unfold(x.narrow(0, i, 1)).squeeze(0).t());
  }
  return gradients;
}

}  // namespace assay::dp
