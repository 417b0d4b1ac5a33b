#include "mpc/functions/erf.h"

#include <ATen/ops/scalar_tensor.h>

#include <numbers>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/reciprocal.h"

namespace assay::mpc {
namespace {

// Abramowitz and Stegun 7.1.26: erf x = 1 - (a_1 t + ... + a_5 t^5) e^-x^2, t = 1 / (1 + p x), x >=
// 0, within 1.5e-7.
constexpr double kP = 0.3275911;
const std::vector<double> kA = {0.0,         0.254829592,  -0.284496736,
                                1.421413741, -1.453152027, 1.061405429};
constexpr double kFlat = 4.0;  // 1 - erf 4 = 1.5e-8

}  // namespace

ErrorFunction error_function(Protocol& p, const Secret& x) {
  const auto negative = p.is_negative(x);
  const auto minus_two = at::scalar_tensor(-2, at::kLong);
  const auto magnitude = add(x, p.settle(p.select(negative, times(x, minus_two))));
  const auto near = subtract(magnitude, relu(p, add(p, magnitude, -kFlat)));
  // 1 + p x lies in [1, 2.4].
  const auto t = reciprocal_of_positive(p, add(p, scale(p, near, kP), 1.0), 0, 0);
  const auto bell = exp(p, negate(square(p, near)), 0.0);
  const auto tail = multiply(p, polynomial(p, t, kA), bell);
  const auto positive = add(p, negate(tail), 1.0);
  return {add(positive, p.settle(p.select(negative, times(positive, minus_two)))), bell};
}

Secret erf(Protocol& p, const Secret& x) {
  return error_function(p, x).value;
}

Secret gelu(Protocol& p, const Secret& x) {
  const auto inner = erf(p, scale(p, x, 1.0 / std::numbers::sqrt2));
  return multiply(p, x, scale(p, add(p, inner, 1.0), 0.5));
}

}  // namespace assay::mpc
