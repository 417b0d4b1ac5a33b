#include "core/metrics/ssim.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/exp.h>
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "core/metrics/values.h"

namespace assay::metrics {
namespace {

constexpr std::int64_t kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

/// Gaussian weights of one axis; they sum to 1.
at::Tensor weights(std::int64_t size) {
  const auto offset = at::arange(size, at::kDouble) - static_cast<double>(size / 2);
  const auto gaussian = at::exp(-offset.square() / (2.0 * kSigma * kSigma));
  return gaussian / gaussian.sum();
}

/// The weighted mean of every window wholly inside; images is [channels, 1, height, width].
at::Tensor window_means(const at::Tensor& images, const at::Tensor& w) {
  return at::conv2d(at::conv2d(images, w.view({1, 1, -1, 1})), w.view({1, 1, 1, -1}));
}

}  // namespace

double ssim(const at::Tensor& image, const at::Tensor& reference) {
  auto x = unit_range_values(image, "the image");
  auto y = unit_range_values(reference, "the reference");
  require_comparable(x, y);
  if (x.dim() != 2 && x.dim() != 3) {
    throw std::invalid_argument(fmt::format(
        "expected [height, width] or [channels, height, width], got {} dimension(s)", x.dim()));
  }
  const auto height = x.size(-2), width = x.size(-1);
  x = x.view({-1, 1, height, width});
  y = y.view({-1, 1, height, width});

  const auto side = std::min({kWindow, height, width});
  const auto w = weights(side % 2 == 1 ? side : side - 1);
  const auto mx = window_means(x, w), my = window_means(y, w);
  const auto sxx = window_means(x * x, w) - mx * mx;
  const auto syy = window_means(y * y, w) - my * my;
  const auto sxy = window_means(x * y, w) - mx * my;
  const auto map =
      (2.0 * mx * my + kC1) * (2.0 * sxy + kC2) / ((mx * mx + my * my + kC1) * (sxx + syy + kC2));
  return map.mean().item<double>();
}

}  // namespace assay::metrics
