#include "mpc/functions/reciprocal.h"

#include <ATen/ops/scalar_tensor.h>

#include <cmath>
#include <numbers>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/normalize.h"

namespace assay::mpc {
namespace {

// Minimax polynomials in t = (m - 2.5) / 1.5 for m in [1, 4], by Lawson's iteration.
const std::vector<double> kReciprocal = {0.390124962, -0.23407498, 0.21944529,
                                         -0.131667171};  // relative error 0.025
const std::vector<double> kInverseSqrt = {0.628152409, -0.18394469, 0.116567098,
                                          -0.0642951457};  // relative error 0.0070
const std::vector<double> kLog2 = {
    1.32192901,    0.865631694,   -0.259738921,    0.103592256,   -0.0462212232, 0.023924464,
    -0.0130690305, 0.00267990293, -0.000142053099, 0.00417004995, -0.00275778008};  // error 1.6e-06

Secret product(Protocol& p, const Secret& x, const Secret& y) {
  return p.truncate(p.product(elementwise(), x, y), x.fraction_bits);
}

/// 1 / m for the mantissa: w <- w (2 - m w) squares the error, to 4e-7 after two steps.
Secret reciprocal_mantissa(Protocol& p, const Normalized& x) {
  auto w = polynomial(p, x.centered(p), kReciprocal, x.bits());
  for (int step = 0; step < 2; ++step)
    w = product(p, w, add(p, negate(product(p, x.mantissa(), w)), 2.0));
  return w;
}

/// 1 / sqrt(m): v <- v (3 - m v^2) / 2 brings the error to 1.5 e^2, 8e-9 after two steps.
Secret inverse_sqrt_mantissa(Protocol& p, const Normalized& x) {
  auto v = polynomial(p, x.centered(p), kInverseSqrt, x.bits());
  for (int step = 0; step < 2; ++step) {
    const auto m_v2 = product(p, x.mantissa(), p.truncate(p.square(v), x.bits()));
    auto twice = p.product(elementwise(), v, add(p, negate(m_v2), 3.0));
    v = p.truncate(twice, x.bits() + 1);
    v.fraction_bits = x.bits();
  }
  return v;
}

/// mantissa times a whole number that depends on the exponent, which leaves `surplus` bits.
Secret at_scale(Protocol& p, const Secret& mantissa, const Secret& factor, int fraction_bits) {
  auto scaled = p.product(elementwise(), mantissa, factor);
  scaled.fraction_bits = fraction_bits;
  return rescale(p, scaled);
}

Secret reciprocal_of(Protocol& p, const Normalized& x) {
  // 4^-j w: beyond 4^(f/2) the result is less than a unit in the last place.
  const int top = std::min(x.highest(), p.fraction_bits() / 2);
  const auto factor =
      x.choose(p, [&](int j) { return j > top ? 0 : std::int64_t{1} << (2 * (top - j)); });
  return at_scale(p, reciprocal_mantissa(p, x), factor, x.bits() + 2 * top);
}

}  // namespace

Secret reciprocal_of_positive(Protocol& p, const Secret& x, int lowest, int highest) {
  return reciprocal_of(p, Normalized(p, x, lowest, highest));
}

Secret reciprocal(Protocol& p, const Secret& x) {
  const auto negative = p.is_negative(x);
  const auto two = at::scalar_tensor(-2, at::kLong);
  const auto magnitude = add(x, p.settle(p.select(negative, times(x, two))));
  const auto positive = reciprocal_of(p, Normalized(p, magnitude));
  return add(positive, p.settle(p.select(negative, times(positive, two))));
}

Secret divide(Protocol& p, const Secret& x, const Secret& y) {
  return multiply(p, x, reciprocal(p, y));
}

Secret inverse_sqrt(Protocol& p, const Secret& x_in) {
  const Normalized x(p, x_in);
  const auto factor = x.choose(p, [&](int j) { return std::int64_t{1} << (x.highest() - j); });
  return at_scale(p, inverse_sqrt_mantissa(p, x), factor, x.bits() + x.highest());
}

Secret sqrt(Protocol& p, const Secret& x_in) {
  const Normalized x(p, x_in);
  const auto root = product(p, x.mantissa(), inverse_sqrt_mantissa(p, x));
  const auto factor = x.choose(p, [&](int j) { return std::int64_t{1} << (j - x.lowest()); });
  return at_scale(p, root, factor, x.bits() - x.lowest());
}

Secret log(Protocol& p, const Secret& x_in) {
  const Normalized x(p, x_in);
  std::vector<double> ln = kLog2;
  for (auto& c : ln)
    c *= std::numbers::ln2;
  const auto mantissa = polynomial(p, x.centered(p), ln, x.bits());
  auto exponent = x.choose(p, [&](int j) { return encode(2 * j * std::numbers::ln2, x.bits()); });
  exponent.fraction_bits = x.bits();
  return rescale(p, Product{add(mantissa, exponent)});
}

}  // namespace assay::mpc
