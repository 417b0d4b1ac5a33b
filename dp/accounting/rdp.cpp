#include "dp/accounting/rdp.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>

#include "dp/accounting/log_erfc.h"
#include "dp/accounting/require.h"
#include "dp/accounting/skellam_divergence.h"

namespace assay::dp {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kMostTerms = 10'000;

/// ln(e^x - 1) for x > 0.
double log_expm1(double x) {
  return x > 40.0 ? x : std::log(std::expm1(x));
}

/// ln E[(P/Q)^k] of a release in which the record takes part for certain, at whole orders k.
using FullMoment = std::function<double(double order)>;

FullMoment gaussian_moment(double sigma) {
  return [sigma](double k) { return k * (k - 1.0) / (2.0 * sigma * sigma); };
}

/// ln A at a whole order: A - 1 = sum over k >= 2 of Binomial(alpha, q)(k) (e^(full(k)) - 1).
/// All terms are positive, so nothing cancels however small A - 1 is.
double log_moment_whole(double q, const FullMoment& full, double order) {
  std::vector<double> logs;
  double largest = -kInfinity;
  for (double k = 2.0; k <= order; k += 1.0) {
    const double log_binomial =
        std::lgamma(order + 1.0) - std::lgamma(k + 1.0) - std::lgamma(order - k + 1.0);
    const double others = order == k ? 0.0 : (order - k) * std::log1p(-q);
    logs.push_back(log_binomial + k * std::log(q) + others + log_expm1(full(k)));
    largest = std::max(largest, logs.back());
  }
  double sum = 0.0;
  for (const double log : logs)
    sum += std::exp(log - largest);
  const double log_excess = largest + std::log(sum);  // ln(A - 1)
  return log_excess > 0.0 ? log_excess + std::log1p(std::exp(-log_excess))
                          : std::log1p(std::exp(log_excess));
}

/// ln A at any order, by the signed series; none if it has not converged after kMostTerms.
std::optional<double> log_moment_series(double rate, double sigma, double order) {
  const long double q = rate, variance = static_cast<long double>(sigma) * sigma, alpha = order;
  const long double log_q = std::log(q), log_rest = std::log1p(-q);
  const long double root = std::sqrt(2.0L * variance);
  const long double z0 = variance * (log_rest - log_q) + 0.5L;
  const long double log_half = -std::log(2.0L);
  long double log_binomial = 0.0L, sign = 1.0L;  // of C(alpha, i)
  long double scale = 0.0L, sum = 0.0L;          // partial sums are e^scale sum
  long double sum_1 = 0.0L, sum_2 = 0.0L;        // the one before, and the one before that
  for (int n = 0; n < kMostTerms; ++n) {
    const long double i = n, j = alpha - i;
    const long double low = log_binomial + i * log_q + j * log_rest +
                            (i * i - i) / (2.0L * variance) + log_half + log_erfc((i - z0) / root);
    const long double high = log_binomial + j * log_q + i * log_rest +
                             (j * j - j) / (2.0L * variance) + log_half + log_erfc((z0 - j) / root);
    const long double largest = std::max(low, high);
    if (!std::isfinite(largest)) return std::nullopt;
    if (largest > scale) {
      const long double shrink = std::exp(scale - largest);
      sum *= shrink, sum_1 *= shrink, sum_2 *= shrink;
      scale = largest;
    }
    const long double term = std::exp(low - scale) + std::exp(high - scale);
    sum_2 = sum_1, sum_1 = sum;
    sum += sign * term;
    // Beyond alpha the terms alternate and fall like i^-(alpha+2): two means of neighbouring
    // partial sums (Euler's transform) leave about a second difference of the terms.
    const long double mean = 0.25L * (sum_2 + 2.0L * sum_1 + sum);
    const long double rest = term * (alpha + 2.0L) * (alpha + 3.0L) / ((i + 1.0L) * (i + 1.0L));
    if (i > alpha + 4.0L && mean > 0.0L && rest < 1e-18L * mean)
      return static_cast<double>(scale + std::log(mean));
    log_binomial += std::log(std::abs(alpha - i)) - std::log(i + 1.0L);
    if (alpha < i) sign = -sign;
  }
  return std::nullopt;
}

/// ln E[(P/Q)^alpha] for P = (1-q) N(0, s^2) + q N(1, s^2) and Q = N(0, s^2).
double log_moment(double q, double sigma, double order) {
  if (q == 1.0) return order * (order - 1.0) / (2.0 * sigma * sigma);
  const double below = std::floor(order), above = std::ceil(order);
  const auto full = gaussian_moment(sigma);
  if (below == above) return log_moment_whole(q, full, order);
  if (const auto exact = log_moment_series(q, sigma, order)) return std::max(0.0, *exact);
  const double at_below = below == 1.0 ? 0.0 : log_moment_whole(q, full, below);
  const double at_above = log_moment_whole(q, full, above);
  return at_below + (order - below) * (at_above - at_below);
}

/// ln(1 - q + q e^moment): the draw is part of the output.
double known_draw(double q, double moment) {
  const double log_excess = std::log(q) + log_expm1(moment);
  return log_excess > 30.0 ? log_excess + std::log1p(std::exp(-log_excess))
                           : std::log1p(std::exp(log_excess));
}

/// (order - 1) times the bound for Skellam noise, at whole orders.
double skellam_moment(const Mechanism& mechanism, double substituted, double order) {
  if (order == 1.0) return 0.0;
  const auto& one = *mechanism.skellam;
  const StepSensitivity shift{.l2 = substituted * one.l2, .l1 = substituted * one.l1};
  const double variance = std::pow(mechanism.noise_multiplier * one.l2, 2);
  const FullMoment full = [&](double k) {
    return (k - 1.0) * skellam_divergence(shift, variance, static_cast<std::int64_t>(k));
  };
  const double q = mechanism.rate;
  if (q == 1.0) return full(order);
  return mechanism.sampling == Sampling::poisson ? log_moment_whole(q, full, order)
                                                 : known_draw(q, full(order));
}

/// `substituted`: by how much farther a record that is replaced moves a sum than one that is added.
double skellam_renyi(const Mechanism& mechanism, double substituted, double order) {
  const double below = std::floor(order), above = std::ceil(order);
  const double at_below = skellam_moment(mechanism, substituted, below);
  if (below == above) return at_below / (order - 1.0);
  const double at_above = skellam_moment(mechanism, substituted, above);
  return (at_below + (order - below) * (at_above - at_below)) / (order - 1.0);
}

}  // namespace

double renyi_divergence(const Mechanism& mechanism, Relation relation, double order) {
  mechanism.validate();
  require_accountable(mechanism, relation);
  if (!(order > 1.0) || std::isinf(order))
    throw std::invalid_argument(fmt::format("expected a finite order above 1, got {}", order));
  const double q = mechanism.rate;
  if (q == 0.0) return 0.0;
  if (mechanism.noise_multiplier == 0.0) return kInfinity;
  // A substituted record moves the sum by 2 C.
  const double substituted = relation == Relation::substitution ? 2.0 : 1.0;
  const double sigma = mechanism.noise_multiplier / substituted;
  const bool whole_numbers = mechanism.skellam.has_value();
  switch (mechanism.sampling) {
    case Sampling::full:
    case Sampling::shuffle:
    case Sampling::cyclic:
      if (whole_numbers) return skellam_renyi(mechanism, substituted, order);
      return order / (2.0 * sigma * sigma);
    case Sampling::poisson:
      if (whole_numbers) return skellam_renyi(mechanism, substituted, order);
      return log_moment(q, sigma, order) / (order - 1.0);
    case Sampling::known_poisson:
      if (whole_numbers) return skellam_renyi(mechanism, substituted, order);
      return known_draw(q, order * (order - 1.0) / (2.0 * sigma * sigma)) / (order - 1.0);
    case Sampling::truncated_poisson:
    case Sampling::fixed_size:
      break;
  }
  throw std::invalid_argument(fmt::format(
      "expected the accountant pld with sampling {}, got rdp: no RDP bound of it is implemented",
      to_string(mechanism.sampling)));
}

const std::vector<double>& default_orders() {
  static const std::vector<double> orders = [] {
    std::vector<double> list;
    for (int tenths = 11; tenths <= 109; ++tenths)
      list.push_back(tenths / 10.0);
    for (int whole = 11; whole <= 63; ++whole)
      list.push_back(whole);
    list.insert(list.end(), {128.0, 256.0, 512.0, 1024.0});
    return list;
  }();
  return orders;
}

namespace {

std::vector<double> divergences(const History& history, const std::vector<double>& orders) {
  if (orders.empty()) throw std::invalid_argument("expected at least one order, got none");
  const auto charged = history.charged();
  std::vector<double> sums;
  for (const double order : orders) {
    double sum = 0.0;
    for (const auto& [mechanism, count] : charged)
      sum += static_cast<double>(count) * renyi_divergence(mechanism, history.relation(), order);
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace

RdpEpsilon rdp_epsilon(const History& history, double delta, const std::vector<double>& orders) {
  require_delta(delta);
  const auto sums = divergences(history, orders);
  RdpEpsilon best{.epsilon = kInfinity};
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const double order = orders[i], divergence = sums[i];
    if (delta * delta > -std::expm1(-divergence)) return {};
    const double epsilon =
        divergence + std::log1p(-1.0 / order) - (std::log(delta) + std::log(order)) / (order - 1.0);
    if (epsilon < best.epsilon) best = {.epsilon = epsilon, .order = order};
  }
  if (best.epsilon <= 0.0) return {};
  const bool extreme = best.order == orders.front() || best.order == orders.back();
  if (std::isfinite(best.epsilon) && extreme && orders.size() > 1) {
    best.warning = fmt::format(
        "the best Renyi order is {}, the {} of those tried: the bound holds, a tighter one may lie "
        "beyond",
        best.order, best.order == orders.front() ? "first" : "last");
  }
  return best;
}

double rdp_delta(const History& history, double epsilon, const std::vector<double>& orders) {
  require_epsilon(epsilon);
  const auto sums = divergences(history, orders);
  double least = 1.0;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const double order = orders[i], divergence = sums[i];
    least = std::min(least, std::sqrt(-std::expm1(-divergence)));
    const double log_delta =
        (order - 1.0) * (divergence - epsilon + std::log1p(-1.0 / order)) - std::log(order);
    least = std::min(least, std::exp(log_delta));
  }
  return least;
}

}  // namespace assay::dp
