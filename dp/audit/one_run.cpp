#include "dp/audit/one_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/stats/distributions.h"
#include "dp/accounting/require.h"
#include "dp/audit/largest_refuted.h"
#include "dp/audit/require.h"

namespace assay::dp {
namespace {

double log_add(double a, double b) {
  const double high = std::max(a, b), low = std::min(a, b);
  return high == -std::numeric_limits<double>::infinity() ? high
                                                          : high + std::log1p(std::exp(low - high));
}

/// ln max_{1 <= i <= v} (beta(v - i) - beta(v)) / i, where beta(v - i) - beta(v) is the mass of
/// v - i, ..., v - 1. In logarithms: far in the tail the masses underflow, and a p-value must not
/// be too small.
double log_steepest(std::int64_t r, std::int64_t v, double epsilon) {
  // ln q = -ln(1 + e^-eps), and ln((1 - q) / q) = -eps.
  const double log_q = -std::log1p(std::exp(-epsilon));
  const auto n = static_cast<double>(r);
  auto k = static_cast<double>(v) - 1.0;
  double log_mass = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + n * log_q -
                    (n - k) * epsilon;
  double log_sum = -std::numeric_limits<double>::infinity(), best = log_sum;
  for (std::int64_t i = 1; i <= v; ++i, k -= 1.0) {
    log_sum = log_add(log_sum, log_mass);
    best = std::max(best, log_sum - std::log(static_cast<double>(i)));
    log_mass += std::log(k / (n - k + 1)) - epsilon;  // from k to k - 1; unused after k = 0
  }
  return best;
}

}  // namespace

void OneRun::validate() const {
  if (correct < 0 || correct > guesses || guesses > canaries) {
    throw std::invalid_argument(
        fmt::format("expected 0 <= correct <= guesses <= canaries, got {}, {}, {}", correct,
                    guesses, canaries));
  }
}

double one_run_p_value(const OneRun& c, double epsilon, double delta) {
  c.validate();
  require_epsilon(epsilon);
  const double q = 1.0 / (1.0 + std::exp(-epsilon));
  const double beta = stats::binomial_upper_tail(c.correct, c.guesses, q);
  if (delta == 0.0 || c.correct == 0) return beta;
  const double steepest = std::exp(log_steepest(c.guesses, c.correct, epsilon));
  return std::min(1.0, beta + 2.0 * static_cast<double>(c.canaries) * delta * steepest);
}

double one_run_epsilon(const OneRun& counts, double delta, double alpha) {
  counts.validate();
  require_test(delta, alpha);
  return largest_refuted(
      [&](double epsilon) { return one_run_p_value(counts, epsilon, delta) <= alpha; });
}

}  // namespace assay::dp
