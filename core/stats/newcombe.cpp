#include "core/stats/newcombe.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/stats/distributions.h"

namespace assay::stats {
namespace {

constexpr double kMaxZ = 40.0;  // P(Z > 40) underflows to 0

double estimate(const Rate& rate) {
  return static_cast<double>(rate.successes) / static_cast<double>(rate.n);
}

/// Wilson's score interval: the rates p with (p^ - p)^2 <= z^2 p (1 - p) / n.
Interval wilson(const Rate& rate, double z) {
  const auto n = static_cast<double>(rate.n);
  const double p = estimate(rate);
  const double centre = p + z * z / (2.0 * n);
  const double half = z * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
  const double scale = 1.0 + z * z / n;
  return {rate.successes == 0 ? 0.0 : (centre - half) / scale,
          rate.successes == rate.n ? 1.0 : (centre + half) / scale};
}

/// The lower bound whose normal quantile is z. A negative z is a bound above the estimate: the
/// upper bound at -z. Decreasing in z.
double lower_at(const Rate& first, const Rate& second, double z) {
  if (z < 0.0) return -lower_at(second, first, -z);
  const double p1 = estimate(first), p2 = estimate(second);
  const double u1 = wilson(first, z).hi, l2 = wilson(second, z).lo;
  return std::max(-1.0, p2 - p1 - std::hypot(p2 - l2, u1 - p1));
}

void require(const Rate& first, const Rate& second) {
  require_rate(first);
  require_rate(second);
}

bool nothing_measured(const Rate& first, const Rate& second) {
  return first.n == 0 || second.n == 0;
}

}  // namespace

Interval newcombe_interval(const Rate& first, const Rate& second, double confidence) {
  require_confidence(confidence);
  const double one_sided = 0.5 + confidence / 2.0;
  return {newcombe_lower(first, second, one_sided), newcombe_upper(first, second, one_sided)};
}

double newcombe_lower(const Rate& first, const Rate& second, double confidence) {
  require(first, second);
  require_confidence(confidence);
  if (nothing_measured(first, second)) return -1.0;
  return lower_at(first, second, normal_quantile(confidence));
}

double newcombe_lower_at(const Rate& first, const Rate& second, double z) {
  require(first, second);
  return nothing_measured(first, second) ? -1.0 : lower_at(first, second, z);
}

double newcombe_upper(const Rate& first, const Rate& second, double confidence) {
  return -newcombe_lower(second, first, confidence);
}

double newcombe_p_value(const Rate& first, const Rate& second, double delta) {
  require(first, second);
  if (!(delta >= -1.0 && delta <= 1.0)) {
    throw std::invalid_argument(fmt::format("expected a tolerance in [-1, 1], got {}", delta));
  }
  if (nothing_measured(first, second) || delta == 1.0) return 1.0;
  if (delta == -1.0) return first.successes == first.n && second.successes == 0 ? 0.5 : 0.0;
  // The largest z whose bound still reaches delta.
  double reaches = -kMaxZ, misses = kMaxZ;
  if (lower_at(first, second, reaches) < delta) return 1.0;
  if (lower_at(first, second, misses) >= delta) return 0.0;
  for (int i = 0; i < 100; ++i) {
    const double z = (reaches + misses) / 2.0;
    (lower_at(first, second, z) >= delta ? reaches : misses) = z;
  }
  return normal_upper_tail(reaches);
}

}  // namespace assay::stats
