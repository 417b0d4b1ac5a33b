#include "mpc/functions/exponential.h"

#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"

namespace assay::mpc {
namespace {

constexpr double kUnderflow = -21.0;  // e^-21 < 2^-30
constexpr int kFactorBits = 30;       // of log2 e, whose rounding x multiplies

}  // namespace

/// e^x = 2^(x log2 e). Where x is too small for that, what comes out is dropped.
Secret exp(Protocol& p, const Secret& x, double highest) {
  const auto underflow = p.is_negative(add(p, x, -kUnderflow));
  Product scaled{times(x, at::scalar_tensor(encode(std::numbers::log2e, kFactorBits), at::kLong))};
  scaled.fraction_bits += kFactorBits;
  const int top = std::min(30, static_cast<int>(std::ceil(highest * std::numbers::log2e)));
  const auto power = p.power_of_two(p.truncate(scaled, kFactorBits), top);
  return p.settle(p.select(p.negation(underflow), power));
}

}  // namespace assay::mpc
