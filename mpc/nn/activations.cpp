#include "mpc/nn/activations.h"

#include <ATen/ops/scalar_tensor.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/erf.h"
#include "mpc/functions/sigmoid.h"
#include "mpc/functions/softmax.h"
#include "mpc/nn/rescaling.h"
#include "mpc/shapes.h"

namespace assay::mpc::nn {
namespace {

/// 1 / sqrt(2 pi)
const double kNormalPeak = std::sqrt(0.5 * std::numbers::inv_pi);

/// x at a product's fraction bits, to be added to products before their truncation.
Product times_one(Protocol& p, const Secret& x) {
  Product out{times(x, at::scalar_tensor(std::int64_t{1} << p.fraction_bits(), at::kLong))};
  out.fraction_bits += p.fraction_bits();
  return out;
}

}  // namespace

Variable relu(Protocol& p, const Variable& x) {
  const auto positive = p.is_negative(negate(x.value()));
  return {p.settle(p.select(positive, x.value())),
          {x},
          [positive](Protocol& q, const Secret& g, const Needed&) {
            return Flow{q.settle(q.select(positive, g))};
          }};
}

/// s' = s - s^2.
Variable sigmoid(Protocol& p, const Variable& x) {
  const auto s = mpc::sigmoid(p, x.value());
  return {s, {x}, [s](Protocol& q, const Secret& g, const Needed&) {
            return Flow{multiply(q, g, subtract(s, square(q, s)))};
          }};
}

/// t' = 1 - t^2.
Variable tanh(Protocol& p, const Variable& x) {
  const auto t = mpc::tanh(p, x.value());
  return {t, {x}, [t](Protocol& q, const Secret& g, const Needed&) {
            return Flow{multiply(q, g, add(q, negate(square(q, t)), 1.0))};
          }};
}

/// slope x + (1 - slope) relu(x).
Variable leaky_relu(Protocol& p, const Variable& x, double slope) {
  const auto positive = p.is_negative(negate(x.value()));
  const auto leak = [positive, slope](Protocol& q, const Secret& v) {
    const auto kept = q.settle(q.select(positive, v));
    return weighted_sum(q, {{slope, v}, {1.0 - slope, kept}});
  };
  return {leak(p, x.value()), {x}, [leak](Protocol& q, const Secret& g, const Needed&) {
            return Flow{leak(q, g)};
          }};
}

/// With [x <= low] and [x >= high], of which at most one is 1:
///   y = x + [x <= low] (low - x) + [x >= high] (high - x).
Variable hardtanh(Protocol& p, const Variable& x, double low, double high) {
  if (!(low < high)) {
    throw std::invalid_argument(
        fmt::format("hardtanh: expected low < high, got {} and {}", low, high));
  }
  // Along a new first dimension: what moves x to either end, and whether it lies beyond.
  const auto to_low = unsqueeze(add(p, negate(x.value()), low), 0);
  const auto to_high = unsqueeze(add(p, negate(x.value()), high), 0);
  const auto beyond =
      p.negation(p.is_negative(cat(std::vector<Secret>{to_low, negate(to_high)}, 0)));
  const auto moves = cat(std::vector<Secret>{to_low, to_high}, 0);
  const auto value = add(x.value(), p.settle(sum(p.select(beyond, moves), {0})));
  return {value, {x}, [beyond](Protocol& q, const Secret& g, const Needed&) {
            auto both = g.sizes().vec();
            both.insert(both.begin(), 2);
            const auto dropped = sum(q.select(beyond, expand(g, both)), {0});
            return Flow{subtract(g, q.settle(dropped))};
          }};
}

Variable relu6(Protocol& p, const Variable& x) {
  return hardtanh(p, x, 0.0, 6.0);
}

/// Phi(x) + x phi(x), with phi(x) = e^(-x^2 / 2) / sqrt(2 pi).
Variable gelu(Protocol& p, const Variable& x) {
  const auto& v = x.value();
  const auto found = error_function(p, scale(p, v, 1.0 / std::numbers::sqrt2));
  const auto phi = scale(p, add(p, found.value, 1.0), 0.5);
  const auto density = scale(p, found.bell, kNormalPeak);
  return {multiply(p, v, phi), {x}, [v, phi, density](Protocol& q, const Secret& g, const Needed&) {
            const auto slope =
                rescale(q, add(q.product(elementwise(), v, density), times_one(q, phi)));
            return Flow{multiply(q, g, slope)};
          }};
}

/// s + x (s - s^2).
Variable silu(Protocol& p, const Variable& x) {
  const auto& v = x.value();
  const auto s = mpc::sigmoid(p, v);
  return {multiply(p, v, s), {x}, [v, s](Protocol& q, const Secret& g, const Needed&) {
            const auto steep = subtract(s, square(q, s));
            const auto slope = rescale(q, add(q.product(elementwise(), v, steep), times_one(q, s)));
            return Flow{multiply(q, g, slope)};
          }};
}

/// dx = s (g - sum_k g_k s_k).
Variable softmax(Protocol& p, const Variable& x, std::int64_t dim) {
  const auto s = mpc::softmax(p, x.value(), dim);
  return {s, {x}, [s, dim](Protocol& q, const Secret& g, const Needed&) {
            const auto mean = rescale(q, sum(q.product(elementwise(), g, s), {dim}, true));
            return Flow{multiply(q, s, subtract(g, mean))};
          }};
}

/// dx = g - softmax(x) sum_k g_k.
Variable log_softmax(Protocol& p, const Variable& x, std::int64_t dim) {
  const auto y = mpc::log_softmax(p, x.value(), dim);
  return {y, {x}, [v = x.value(), dim](Protocol& q, const Secret& g, const Needed&) {
            const auto s = mpc::softmax(q, v, dim);
            return Flow{subtract(g, multiply(q, s, sum(g, {dim}, true)))};
          }};
}

}  // namespace assay::mpc::nn
