#include "mpc/nn/elementary.h"

#include <ATen/ops/scalar_tensor.h>

#include <cmath>
#include <numbers>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/erf.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/extremes.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/functions/trigonometric.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/rescaling.h"
#include "mpc/nn/shapes.h"
#include "mpc/shapes.h"

namespace assay::mpc::nn {
/// y' = y.
Variable exp(Protocol& p, const Variable& x) {
  const auto y = mpc::exp(p, x.value());
  return {
      y, {x}, [y](Protocol& q, const Secret& g, const Needed&) { return Flow{multiply(q, g, y)}; }};
}

/// y' = 1 / x.
Variable log(Protocol& p, const Variable& x) {
  return {
      mpc::log(p, x.value()), {x}, [v = x.value()](Protocol& q, const Secret& g, const Needed&) {
        return Flow{multiply(q, g, mpc::reciprocal(q, v))};
      }};
}

/// y' = -y^2.
Variable reciprocal(Protocol& p, const Variable& x) {
  const auto y = mpc::reciprocal(p, x.value());
  return {y, {x}, [y](Protocol& q, const Secret& g, const Needed&) {
            return Flow{negate(multiply(q, multiply(q, g, y), y))};
          }};
}

Variable divide(Protocol& p, const Variable& x, const Variable& y) {
  return multiply(p, x, reciprocal(p, y));
}

/// y' = 1 / (2 sqrt x).
Variable sqrt(Protocol& p, const Variable& x) {
  return {
      mpc::sqrt(p, x.value()), {x}, [v = x.value()](Protocol& q, const Secret& g, const Needed&) {
        return Flow{scale_finely(q, q.product(elementwise(), g, mpc::inverse_sqrt(q, v)), 0.5)};
      }};
}

/// y' = -y^3 / 2.
Variable inverse_sqrt(Protocol& p, const Variable& x) {
  const auto y = mpc::inverse_sqrt(p, x.value());
  return {y, {x}, [y](Protocol& q, const Secret& g, const Needed&) {
            const auto gy = multiply(q, g, y);
            return Flow{scale_finely(q, q.product(elementwise(), gy, square(q, y)), -0.5)};
          }};
}

/// y' = n x^(n-1).
Variable power(Protocol& p, const Variable& x, int n) {
  return {mpc::power(p, x.value(), n),
          {x},
          [v = x.value(), n](Protocol& q, const Secret& g, const Needed&) {
            const auto slope = times(q.product(elementwise(), g, mpc::power(q, v, n - 1)),
                                     at::scalar_tensor(static_cast<std::int64_t>(n), at::kLong));
            return Flow{rescale(q, slope)};
          }};
}

Variable sin(Protocol& p, const Variable& x) {
  const auto [cosine, sine] = circle(p, x.value());
  return {sine, {x}, [c = cosine](Protocol& q, const Secret& g, const Needed&) {
            return Flow{multiply(q, g, c)};
          }};
}

Variable cos(Protocol& p, const Variable& x) {
  const auto [cosine, sine] = circle(p, x.value());
  return {cosine, {x}, [s = sine](Protocol& q, const Secret& g, const Needed&) {
            return Flow{negate(multiply(q, g, s))};
          }};
}

/// y' = 2 e^(-x^2) / sqrt(pi).
Variable erf(Protocol& p, const Variable& x) {
  const auto found = error_function(p, x.value());
  return {found.value, {x}, [bell = found.bell](Protocol& q, const Secret& g, const Needed&) {
            return Flow{
                scale_finely(q, q.product(elementwise(), g, bell), 2.0 * std::numbers::inv_sqrtpi)};
          }};
}

/// y' = [x > 0] - [x < 0]: both compared at once.
Variable absolute(Protocol& p, const Variable& x) {
  const auto both =
      cat(std::vector<Secret>{unsqueeze(x.value(), 0), negate(unsqueeze(x.value(), 0))}, 0);
  const auto below = p.is_negative(both);
  const auto signed_sum = [below](Protocol& q, const Secret& v) {
    const auto parts = cat(std::vector<Secret>{negate(unsqueeze(v, 0)), unsqueeze(v, 0)}, 0);
    return q.settle(sum(q.select(below, parts), {0}));
  };
  return {signed_sum(p, x.value()), {x}, [signed_sum](Protocol& q, const Secret& g, const Needed&) {
            return Flow{signed_sum(q, g)};
          }};
}

Variable where(Protocol& p, const Bits& bit, const Variable& x, const Variable& y) {
  return {where(p, bit, x.value(), y.value()),
          {x, y},
          [bit](Protocol& q, const Secret& g, const Needed&) {
            const auto to_x = q.settle(q.select(bit, g));
            return Flow{to_x, subtract(g, to_x)};
          }};
}

Variable max(Protocol& p, const Variable& x, std::int64_t dim) {
  const auto largest = max_with_index(p, x.value(), dim);
  return {largest.value,
          {x},
          [place = largest.one_hot, dim](Protocol& q, const Secret& g, const Needed&) {
            return Flow{q.settle(q.product(elementwise(), unsqueeze(g, dim), place))};
          }};
}

Variable mean(Protocol& p, const Variable& x, at::IntArrayRef dims, bool keep) {
  const auto total = sum(x, dims, keep);
  const auto count = static_cast<double>(x.value().numel()) /
                     static_cast<double>(std::max<std::int64_t>(total.value().numel(), 1));
  return scale(p, total, 1.0 / count);
}

Variable cosine_similarity(Protocol& p, const Variable& x, const Variable& y, std::int64_t dim) {
  const auto least = std::ldexp(1.0, -p.fraction_bits());
  const auto unit = [&](const Variable& v) {
    const auto squares = sum(square(p, v), {dim}, true);
    return multiply(p, v, inverse_sqrt(p, add(p, squares, least)));
  };
  return sum(multiply(p, unit(x), unit(y)), {dim});
}

}  // namespace assay::mpc::nn
