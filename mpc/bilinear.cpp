#include "mpc/bilinear.h"

#include <ATen/ExpandUtils.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <stdexcept>

#include "mpc/kernels/ring_conv.h"
#include "mpc/kernels/ring_matmul.h"
#include "mpc/words.h"

namespace assay::mpc {
namespace {

MatrixView view(const at::Tensor& matrix) {
  return {words(matrix).data(), matrix.stride(0), matrix.stride(1)};
}

at::Tensor multiply(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() < 2 || b.dim() < 2 || a.size(-1) != b.size(-2)) {
    throw std::invalid_argument(
        fmt::format("matrix product: expected [..., m, k] and [..., k, n], got {} and {} "
                    "dimensions, k = {} and "
                    "{}",
                    a.dim(), b.dim(), a.dim() > 0 ? a.size(-1) : 0, b.dim() > 1 ? b.size(-2) : 0));
  }
  const auto m = a.size(-2), k = a.size(-1), n = b.size(-1);
  auto batch = at::infer_size(a.sizes().slice(0, static_cast<std::size_t>(a.dim()) - 2),
                              b.sizes().slice(0, static_cast<std::size_t>(b.dim()) - 2));
  auto sizes = [&](std::int64_t rows, std::int64_t columns) {
    std::vector<std::int64_t> all(batch.begin(), batch.end());
    all.push_back(rows);
    all.push_back(columns);
    return all;
  };
  auto out = at::empty(sizes(m, n), at::kLong);
  const auto count = c10::multiply_integers(batch);
  const auto left = a.expand(sizes(m, k)).reshape({count, m, k});
  const auto right = b.expand(sizes(k, n)).reshape({count, k, n});
  for (std::int64_t i = 0; i < count; ++i) {
    ring_matmul(m, n, k, view(left[i]), view(right[i]), mutable_words(out).data() + i * m * n, n,
                false);
  }
  return out;
}

ConvShape shape_of(const Convolution& how, at::IntArrayRef input, at::IntArrayRef weight) {
  if (input.size() != 4 || weight.size() != 4)
    throw std::invalid_argument("convolution: expected tensors of four dimensions");
  ConvShape s;
  s.batch = input[0];
  s.in_channels = input[1];
  s.height = input[2];
  s.width = input[3];
  s.out_channels = weight[0];
  s.kernel_h = weight[2];
  s.kernel_w = weight[3];
  s.stride_h = s.stride_w = how.stride;
  s.pad_h = s.pad_w = how.padding;
  s.dilation_h = s.dilation_w = how.dilation;
  s.groups = how.groups;
  s.validate();
  if (weight[1] * how.groups != input[1]) {
    throw std::invalid_argument(
        fmt::format("convolution: expected a weight for {} channels in {} groups, got one for {}",
                    input[1], how.groups, weight[1] * how.groups));
  }
  return s;
}

std::array<at::Tensor, 2> gradients(const Convolution& how, const at::Tensor& input,
                                    const at::Tensor& weight, const at::Tensor& grad_output,
                                    std::array<bool, 3> wanted) {
  const auto all = at::convolution_backward(
      grad_output, input, weight, at::OptionalIntArrayRef(), {how.stride, how.stride},
      {how.padding, how.padding}, {how.dilation, how.dilation}, false, {0, 0}, how.groups, wanted);
  return {std::get<0>(all), std::get<1>(all)};
}

}  // namespace

const Bilinear& elementwise() {
  const auto multiply_all = [](const at::Tensor& x, const at::Tensor& y) { return x * y; };
  static const Bilinear map{"mul", multiply_all, multiply_all};
  return map;
}

const Bilinear& matrix_product() {
  static const Bilinear map{"matmul", multiply,
                            [](const at::Tensor& x, const at::Tensor& y) { return x.matmul(y); }};
  return map;
}

void Convolution::validate() const {
  if (stride < 1 || padding < 0 || dilation < 1 || groups < 1) {
    throw std::invalid_argument(fmt::format(
        "convolution: expected stride, dilation and groups >= 1 and padding >= 0, got {}, {}, {}, "
        "{}",
        stride, dilation, groups, padding));
  }
}

Bilinear convolution(const Convolution& how) {
  how.validate();
  return {"conv2d",
          [how](const at::Tensor& input, const at::Tensor& weight) {
            const auto s = shape_of(how, input.sizes(), weight.sizes());
            auto out = at::empty({s.batch, s.out_channels, s.out_h(), s.out_w()}, at::kLong);
            const auto x = input.contiguous(), w = weight.contiguous();
            ring_conv2d(s, words(x), words(w), mutable_words(out));
            return out;
          },
          [how](const at::Tensor& input, const at::Tensor& weight) {
            return at::conv2d(input, weight, {}, how.stride, how.padding, how.dilation, how.groups);
          }};
}

Bilinear convolution_input_gradient(const Convolution& how, std::int64_t height,
                                    std::int64_t width) {
  how.validate();
  return {"conv2d_input_gradient",
          [how, height, width](const at::Tensor& grad_output, const at::Tensor& weight) {
            const auto s =
                shape_of(how, {grad_output.size(0), weight.size(1) * how.groups, height, width},
                         weight.sizes());
            auto out = at::empty({s.batch, s.in_channels, height, width}, at::kLong);
            const auto g = grad_output.contiguous(), w = weight.contiguous();
            ring_conv2d_input_gradient(s, words(g), words(w), mutable_words(out));
            return out;
          },
          [how, height, width](const at::Tensor& grad_output, const at::Tensor& weight) {
            return gradients(
                how,
                at::zeros({grad_output.size(0), weight.size(1) * how.groups, height, width},
                          grad_output.options()),
                weight, grad_output, {true, false, false})[0];
          }};
}

Bilinear convolution_weight_gradient(const Convolution& how, std::int64_t kernel_h,
                                     std::int64_t kernel_w) {
  how.validate();
  return {"conv2d_weight_gradient",
          [how, kernel_h, kernel_w](const at::Tensor& input, const at::Tensor& grad_output) {
            const std::vector<std::int64_t> weight = {
                grad_output.size(1), input.size(1) / how.groups, kernel_h, kernel_w};
            const auto s = shape_of(how, input.sizes(), weight);
            auto out = at::empty(weight, at::kLong);
            const auto x = input.contiguous(), g = grad_output.contiguous();
            ring_conv2d_weight_gradient(s, words(x), words(g), mutable_words(out));
            return out;
          },
          [how, kernel_h, kernel_w](const at::Tensor& input, const at::Tensor& grad_output) {
            return gradients(
                how, input,
                at::zeros({grad_output.size(1), input.size(1) / how.groups, kernel_h, kernel_w},
                          input.options()),
                grad_output, {false, true, false})[1];
          }};
}

}  // namespace assay::mpc
