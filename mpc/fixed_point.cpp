#include "mpc/fixed_point.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/scalar_tensor.h>
#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace assay::mpc {
namespace {

constexpr double kLimit = 4611686018427387904.0;  // 2^62

void require_fraction_bits(int f) {
  if (f < 0 || f > 30)
    throw std::invalid_argument(fmt::format("expected 0 to 30 fraction bits, got {}", f));
}

}  // namespace

at::Tensor encode(const at::Tensor& values, int fraction_bits) {
  require_fraction_bits(fraction_bits);
  const auto scaled = (values.to(at::kDouble) * std::ldexp(1.0, fraction_bits)).round();
  // NaN fails every comparison.
  if (!(scaled.abs() < kLimit).all().item<bool>()) {
    throw std::invalid_argument(fmt::format("expected finite values below 2^{} at {} fraction bits",
                                            62 - fraction_bits, fraction_bits));
  }
  return scaled.to(at::kLong);
}

std::int64_t encode(double value, int fraction_bits) {
  return encode(at::scalar_tensor(value, at::kDouble), fraction_bits).item<std::int64_t>();
}

at::Tensor decode(const at::Tensor& ring, int fraction_bits) {
  require_fraction_bits(fraction_bits);
  return ring.to(at::kDouble) * std::ldexp(1.0, -fraction_bits);
}

}  // namespace assay::mpc
