#include "dp/audit/one_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace assay::dp {
namespace {

constexpr double kPrecision = 1e-9;

/// P[Bin(n, q) >= k] for k = 0 ... n. Far tails lose nothing to cancellation: they are summed from
/// the far end.
std::vector<double> binomial_tails(std::int64_t n, double q) {
  std::vector<double> tails(static_cast<std::size_t>(n) + 1);
  double tail = 0.0;
  const double log_q = std::log(q), log_p = std::log1p(-q);
  for (std::int64_t k = n; k >= 0; --k) {
    const auto x = static_cast<double>(k), rest = static_cast<double>(n - k);
    tail += std::exp(std::lgamma(static_cast<double>(n) + 1) - std::lgamma(x + 1) -
                     std::lgamma(rest + 1) + x * log_q + rest * log_p);
    tails[static_cast<std::size_t>(k)] = std::min(1.0, tail);
  }
  return tails;
}

}  // namespace

void OneRunGuesses::validate() const {
  if (guesses < 0 || guesses > canaries || correct < 0 || correct > guesses) {
    throw std::invalid_argument(fmt::format(
        "expected correct <= guesses <= canaries, got {}, {}, {}", correct, guesses, canaries));
  }
}

double one_run_p_value(const OneRunGuesses& g, double epsilon, double delta) {
  g.validate();
  if (!(epsilon >= 0.0))
    throw std::invalid_argument(fmt::format("expected an epsilon of 0 or more, got {}", epsilon));
  if (!(delta >= 0.0 && delta <= 1.0))
    throw std::invalid_argument(fmt::format("expected a delta from 0 to 1, got {}", delta));
  const auto beta = binomial_tails(g.guesses, 1.0 / (1.0 + std::exp(-epsilon)));
  const auto at = [&](std::int64_t k) { return beta[static_cast<std::size_t>(k)]; };
  double steepest = 0.0;
  for (std::int64_t i = 1; i <= g.correct; ++i)
    steepest = std::max(steepest, (at(g.correct - i) - at(g.correct)) / static_cast<double>(i));
  return std::min(1.0, at(g.correct) + 2.0 * static_cast<double>(g.canaries) * delta * steepest);
}

double one_run_epsilon(const OneRunGuesses& guesses, double delta, double alpha) {
  if (!(alpha > 0.0 && alpha < 1.0))
    throw std::invalid_argument(fmt::format("expected an alpha between 0 and 1, got {}", alpha));
  const auto refuted = [&](double epsilon) {
    return one_run_p_value(guesses, epsilon, delta) <= alpha;
  };
  if (guesses.guesses == 0 || !refuted(0.0)) return 0.0;
  double low = 0.0, high = 1.0;
  while (refuted(high) && high < 100.0)
    high *= 2.0;
  while (high - low > kPrecision) {
    const double middle = 0.5 * (low + high);
    (refuted(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace assay::dp
