#include "dp/gradients/window.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>

#include <algorithm>

namespace assay::dp {
namespace {

/// The positions, of `count`, at which entry `k` of a window lies within `size` numbers: [first,
/// last).
struct Inside {
  std::int64_t first, last;
};
Inside inside(std::int64_t k, std::int64_t stride, std::int64_t padding, std::int64_t size,
              std::int64_t count) {
  // 0 <= position * stride + k - padding < size
  const auto least = padding - k, most = size - 1 + padding - k;
  const auto first = least <= 0 ? 0 : (least + stride - 1) / stride;
  const auto last = most < 0 ? 0 : most / stride + 1;
  return {std::min(first, count), std::max(std::min(first, count), std::min(last, count))};
}

/// to[0 ... count) = from[0], from[stride], ...
void copy_row(float* to, const float* from, std::int64_t count, std::int64_t stride) {
  if (stride == 1) {
    std::copy_n(from, count, to);
    return;
  }
  for (std::int64_t x = 0; x < count; ++x)
    to[x] = from[x * stride];
}

}  // namespace

std::array<std::int64_t, 2> Windows::positions(const at::Tensor& x) const {
  const auto along = [&](std::size_t d) {
    return (x.size(static_cast<std::int64_t>(d) + 2) + 2 * padding[d] - kernel[d]) / stride[d] + 1;
  };
  return {along(0), along(1)};
}

std::int64_t Windows::at_a_time(const at::Tensor& x) const {
  constexpr std::int64_t kFloatsOfCache = std::int64_t{1} << 18;
  const auto [height, width] = positions(x);
  const auto columns = x.size(1) * kernel[0] * kernel[1] * height * width;
  return std::max<std::int64_t>(1, kFloatsOfCache / std::max<std::int64_t>(1, columns));
}

at::Tensor Windows::unfold(const at::Tensor& pictures) const {
  const auto x = pictures.contiguous();
  const auto [height, width] = positions(x);
  const auto channels = x.size(1), rows = x.size(2), columns = x.size(3);
  auto out = at::empty({x.size(0), channels * kernel[0] * kernel[1], height * width}, x.options());
  auto* to = out.data_ptr<float>();
  const auto* from = x.const_data_ptr<float>();
  for (std::int64_t plane = 0; plane < x.size(0) * channels; ++plane, from += rows * columns) {
    for (std::int64_t i = 0; i < kernel[0]; ++i) {
      const auto vertical = inside(i, stride[0], padding[0], rows, height);
      for (std::int64_t j = 0; j < kernel[1]; ++j) {
        const auto across = inside(j, stride[1], padding[1], columns, width);
        for (std::int64_t y = 0; y < height; ++y, to += width) {
          if (y < vertical.first || y >= vertical.last) {
            std::fill_n(to, width, 0.0F);
            continue;
          }
          const auto* row = from + (y * stride[0] + i - padding[0]) * columns + j - padding[1];
          std::fill_n(to, across.first, 0.0F);
          copy_row(to + across.first, row + across.first * stride[1], across.last - across.first,
                   stride[1]);
          std::fill_n(to + across.last, width - across.last, 0.0F);
        }
      }
    }
  }
  return out;
}

at::Tensor Windows::weight_gradients(const at::Tensor& x, const at::Tensor& g) const {
  const auto batch = x.size(0), out = g.size(1);
  auto gradients = at::empty({batch, out, x.size(1) * kernel[0] * kernel[1]}, x.options());
  const auto steps = g.flatten(2);
  const auto slice = at_a_time(x);
  for (std::int64_t i = 0; i < batch; i += slice) {
    const auto n = std::min(slice, batch - i);
    auto some = gradients.narrow(0, i, n);
    at::bmm_out(some, steps.narrow(0, i, n), unfold(x.narrow(0, i, n)).transpose(1, 2));
  }
  return gradients;
}

at::Tensor Windows::weight_gradient(const at::Tensor& x, const at::Tensor& g) const {
  const auto weight = at::empty({g.size(1), x.size(1), kernel[0], kernel[1]}, x.options());
  return std::get<1>(at::convolution_backward(g, x, weight, at::OptionalIntArrayRef{}, stride,
                                              padding, /*dilation=*/{1, 1}, /*transposed=*/false,
                                              /*output_padding=*/{0, 0}, /*groups=*/1,
                                              {false, true, false}));
}

}  // namespace assay::dp
