#include "dp/accounting/gdp.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "dp/accounting/log_erfc.h"
#include "dp/accounting/require.h"

namespace assay::dp {
namespace {

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

}  // namespace

double gdp_delta(double mu, double epsilon) {
  require_epsilon(epsilon);
  if (!(mu >= 0.0)) throw std::invalid_argument(fmt::format("expected mu >= 0, got {}", mu));
  if (mu == 0.0) return 0.0;
  if (std::isinf(mu)) return 1.0;
  // The second term in logarithms: Phi underflows where e^epsilon overflows.
  const long double z = (static_cast<long double>(epsilon) / mu + 0.5L * mu) / std::sqrt(2.0L);
  const auto discounted = static_cast<double>(0.5L * std::exp(epsilon + log_erfc(z)));
  return std::max(0.0, normal_cdf(-epsilon / mu + 0.5 * mu) - discounted);
}

double gdp_epsilon(double mu, double delta) {
  require_delta(delta);
  if (std::isinf(mu)) return mu;
  if (gdp_delta(mu, 0.0) <= delta) return 0.0;
  double low = 0.0, high = 1.0;
  while (gdp_delta(mu, high) > delta)
    low = high, high *= 2.0;
  for (int i = 0; i < 80; ++i) {
    const double middle = 0.5 * (low + high);
    (gdp_delta(mu, middle) > delta ? low : high) = middle;
  }
  return high;
}

double gdp_limit(const History& history) {
  double squares = 0.0;
  for (const auto& [mechanism, count] : history.charged()) {
    const bool everybody = mechanism.sampling == Sampling::full || by_epochs(mechanism.sampling) ||
                           mechanism.rate == 1.0;
    if (!everybody && mechanism.sampling != Sampling::poisson) {
      throw std::invalid_argument(
          fmt::format("expected sampling poisson or full for the accountant gdp, got {}",
                      to_string(mechanism.sampling)));
    }
    require_gaussian(mechanism, "gdp");
    if (mechanism.noise_multiplier == 0.0) return std::numeric_limits<double>::infinity();
    const double sensitivity = history.relation() == Relation::substitution ? 2.0 : 1.0;
    const double signal = std::pow(sensitivity / mechanism.noise_multiplier, 2);
    squares += static_cast<double>(count) *
               (everybody ? signal : mechanism.rate * mechanism.rate * std::expm1(signal));
  }
  return std::sqrt(squares);
}

}  // namespace assay::dp
