#include "dp/gradients/window.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace assay::dp {
namespace {

/// As std::copy_n. Most pieces are a few numbers long: a call for each would take longer than it
/// copies.
void copy_piece(const float* from, std::int64_t count, float* to) {
  for (; count >= 8; count -= 8, from += 8, to += 8)
    std::memcpy(to, from, 8 * sizeof(float));
  for (; count > 0; --count)
    *to++ = *from++;
}

/// A picture [channels, H, W] with zeros around it and channels last, [H + 2 p, W + 2 q, channels].
/// The zeros are there already.
void pad(float* to, const float* from, const std::array<std::int64_t, 3>& sizes,
         const std::array<std::int64_t, 2>& padding) {
  const auto [channels, rows, columns] = sizes;
  const auto width = columns + 2 * padding[1];
  for (std::int64_t y = 0; y < rows; ++y) {
    auto* row = to + ((y + padding[0]) * width + padding[1]) * channels;
    const auto* source = from + y * columns;
    for (std::int64_t x = 0; x < columns; ++x)
      for (std::int64_t c = 0; c < channels; ++c)
        *row++ = source[c * rows * columns + x];
  }
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
  const auto batch = x.size(0), channels = x.size(1), rows = x.size(2), columns = x.size(3);
  const auto padded_rows = rows + 2 * padding[0], padded_columns = columns + 2 * padding[1];
  std::vector<float> padded(static_cast<std::size_t>(padded_rows * padded_columns * channels));
  const auto piece = kernel[1] * channels;
  auto out = at::empty({batch, height * width, kernel[0] * piece}, x.options());
  auto* to = out.data_ptr<float>();
  const auto* from = x.const_data_ptr<float>();
  for (std::int64_t i = 0; i < batch; ++i) {
    pad(padded.data(), from + i * channels * rows * columns, {channels, rows, columns}, padding);
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t across = 0; across < width; ++across) {
        const auto* window =
            padded.data() + (y * stride[0] * padded_columns + across * stride[1]) * channels;
        for (std::int64_t k = 0; k < kernel[0]; ++k, to += piece)
          copy_piece(window + k * padded_columns * channels, piece, to);
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
    at::bmm_out(some, steps.narrow(0, i, n), unfold(x.narrow(0, i, n)));
  }
  return gradients;
}

at::Tensor Windows::as_weight(const at::Tensor& x) const {
  return x.reshape({x.size(0), kernel[0], kernel[1], -1}).permute({0, 3, 1, 2});
}

at::Tensor Windows::weight_gradient(const at::Tensor& x, const at::Tensor& g) const {
  const auto weight = at::empty({g.size(1), x.size(1), kernel[0], kernel[1]}, x.options());
  return std::get<1>(at::convolution_backward(g, x, weight, at::OptionalIntArrayRef{}, stride,
                                              padding, /*dilation=*/{1, 1}, /*transposed=*/false,
                                              /*output_padding=*/{0, 0}, /*groups=*/1,
                                              {false, true, false}));
}

}  // namespace assay::dp
