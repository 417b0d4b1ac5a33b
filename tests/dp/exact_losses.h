#pragma once

#include <cmath>
#include <functional>
#include <numbers>

namespace assay::dp {

/// An independent way to the same numbers: plain trapezoidal sums in extended precision over the
/// line that the release moves along, written from the definition of the hockey-stick divergence.
struct ExactPoisson {
  long double q, sigma;
  bool remove;  ///< P is the mixture, Q the Gaussian; otherwise the other way round

  long double normal(long double x, long double mean) const {
    const long double z = (x - mean) / sigma;
    return std::exp(-z * z / 2.0L) / (sigma * std::sqrt(2.0L * std::numbers::pi_v<long double>));
  }
  long double above(long double x, long double mean) const {  // mass of N(mean, sigma^2)
    return 0.5L * std::erfc((x - mean) / (sigma * std::numbers::sqrt2_v<long double>));
  }
  long double mixture(long double x) const { return (1.0L - q) * normal(x, 0) + q * normal(x, 1); }
  long double p(long double x) const { return remove ? mixture(x) : normal(x, 0); }
  long double loss(long double x) const {
    const long double l = std::log1p(q * std::expm1((2.0L * x - 1.0L) / (2.0L * sigma * sigma)));
    return remove ? l : -l;
  }

  /// delta(eps) of one release: P(L > eps) - e^eps Q(L > eps).
  long double delta(long double eps) const {
    // L > eps where the mixture's ratio to the Gaussian is above e^eps, or below e^-eps.
    const long double ratio = std::exp(remove ? eps : -eps);
    const long double u = (ratio - 1.0L + q) / q;
    if (remove) {
      if (u <= 0.0L) return 1.0L - std::exp(eps);
      const long double x = sigma * sigma * std::log(u) + 0.5L;
      return (1.0L - q) * above(x, 0) + q * above(x, 1) - ratio * above(x, 0);
    }
    if (u <= 0.0L) return 0.0L;
    const long double x = sigma * sigma * std::log(u) + 0.5L;
    const long double below_0 = 1.0L - above(x, 0), below_1 = 1.0L - above(x, 1);
    return below_0 - std::exp(eps) * ((1.0L - q) * below_0 + q * below_1);
  }

  /// One release more than `rest`: E over x ~ P of rest(eps - L(x)).
  long double integrate(const std::function<long double(long double)>& rest, long double eps,
                        int points) const {
    const long double from = -13.0L * sigma, to = 1.0L + 13.0L * sigma;
    const long double step = (to - from) / points;
    long double sum = 0.0L;
    for (int i = 0; i <= points; ++i) {
      const long double x = from + i * step;
      sum += p(x) * rest(eps - loss(x));
    }
    return sum * step;
  }

  long double delta_of_two(long double eps) const {
    return integrate([this](long double e) { return delta(e); }, eps, 16'000);
  }

  /// ln E over Q of (P/Q)^order with P the mixture.
  long double log_moment(long double order) const {
    const long double from = -40.0L * sigma, to = order + 40.0L * sigma;
    const long double step = sigma * std::min(0.02L, 0.02L * sigma);
    long double sum = 0.0L;
    for (long double x = from; x <= to; x += step) {
      const long double l = std::log1p(q * std::expm1((2.0L * x - 1.0L) / (2.0L * sigma * sigma)));
      sum += normal(x, 0) * std::expm1(order * l);
    }
    return std::log1p(sum * step);
  }
};

}  // namespace assay::dp
