#include "scenarios/score/augment.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/affine_grid_generator.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/full.h>
#include <ATen/ops/grid_sampler.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

#include <cmath>

namespace assay::scenarios {
namespace {

at::Tensor per_picture(Stream& stream, std::int64_t n, double low, double high) {
  return stream.uniform({n, 1, 1, 1}, low, high);
}

at::Tensor moved(const at::Tensor& x, Stream& stream) {
  constexpr double kTurn = 8.0 * M_PI / 180.0;
  const auto n = x.size(0);
  const auto angle = stream.uniform({n}, -kTurn, kTurn);
  const auto scale = stream.uniform({n}, 0.9, 1.1);
  const auto mirror =
      at::where(stream.uniform({n}, 0, 1) < 0.5, at::full({n}, -1.0f), at::ones({n}));
  const auto shift_x = stream.uniform({n}, -0.1, 0.1), shift_y = stream.uniform({n}, -0.1, 0.1);
  const auto c = angle.cos() * scale, s = angle.sin() * scale;
  const auto theta = at::stack(
      {at::stack({c * mirror, -s, shift_x}, 1), at::stack({s * mirror, c, shift_y}, 1)}, 1);
  const auto grid = at::affine_grid_generator(theta, x.sizes(), /*align_corners=*/false);
  return at::grid_sampler(x, grid, /*bilinear=*/0, /*border=*/1, /*align_corners=*/false);
}

at::Tensor blurred(const at::Tensor& x) {
  constexpr double kSigma = 1.5;
  constexpr std::int64_t kRadius = 4;
  auto k = at::exp(-at::arange(-kRadius, kRadius + 1, at::kFloat).square() / (2 * kSigma * kSigma));
  k = k / k.sum();
  const auto channels = x.size(1), width = 2 * kRadius + 1;
  const auto rows = at::conv2d(x, k.view({1, 1, width, 1}).expand({channels, 1, width, 1}), {}, 1,
                               at::IntArrayRef{kRadius, 0}, 1, channels);
  return at::conv2d(rows, k.view({1, 1, 1, width}).expand({channels, 1, 1, width}), {}, 1,
                    at::IntArrayRef{0, kRadius}, 1, channels);
}

}  // namespace

at::Tensor augmented(const at::Tensor& pictures, Stream& stream) {
  const auto n = pictures.size(0);
  auto x = moved(pictures, stream);
  const auto blend = per_picture(stream, n, 0, 1);
  x = x * (1 - blend) + blurred(x) * blend;
  x = (x - 0.5) * per_picture(stream, n, 0.7, 1.3) + 0.5 + per_picture(stream, n, -0.1, 0.1);
  const auto across = at::linspace(-1, 1, x.size(3)).view({1, 1, 1, -1});
  const auto down = at::linspace(-1, 1, x.size(2)).view({1, 1, -1, 1});
  x = x + 0.1 * (per_picture(stream, n, -1, 1) * across + per_picture(stream, n, -1, 1) * down);
  return x + 0.08 * per_picture(stream, n, 0, 1) * stream.normal(x.sizes());
}

}  // namespace assay::scenarios
