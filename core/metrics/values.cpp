#include "core/metrics/values.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <stdexcept>

namespace assay::metrics {

at::Tensor finite_values(const at::Tensor& tensor, const char* what) {
  if (!tensor.defined()) {
    throw std::invalid_argument(fmt::format("expected {}, got an undefined tensor", what));
  }
  if (tensor.is_complex()) {
    throw std::invalid_argument(fmt::format("expected real values in {}, got complex ones", what));
  }
  const auto values = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  if (!at::isfinite(values).all().item<bool>()) {
    throw std::invalid_argument(
        fmt::format("expected finite values in {}, got NaN or infinity", what));
  }
  return values;
}

at::Tensor unit_range_values(const at::Tensor& image, const char* what) {
  const auto values = finite_values(image, what);
  if (values.numel() == 0) return values;
  const double low = values.min().item<double>(), high = values.max().item<double>();
  if (low < 0.0 || high > 1.0) {
    throw std::invalid_argument(
        fmt::format("expected {} clamped to [0, 1], got values from {} to {}", what, low, high));
  }
  return values;
}

void require_comparable(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) {
    throw std::invalid_argument(fmt::format("expected one shape, got [{}] and [{}]",
                                            fmt::join(a.sizes(), ", "),
                                            fmt::join(b.sizes(), ", ")));
  }
  if (a.numel() == 0) throw std::invalid_argument("expected values to compare, got none");
}

}  // namespace assay::metrics
