#include "dp/audit/two_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "core/stats/clopper_pearson.h"
#include "core/stats/distributions.h"
#include "dp/accounting/accountant.h"
#include "dp/accounting/pld.h"

namespace assay::dp {
namespace {

void check(double delta, double alpha) {
  if (!(delta >= 0.0 && delta < 1.0))
    throw std::invalid_argument(fmt::format("expected a delta from 0 to below 1, got {}", delta));
  if (!(alpha > 0.0 && alpha < 1.0))
    throw std::invalid_argument(fmt::format("expected an alpha between 0 and 1, got {}", alpha));
}

/// Upper bounds of both rates, each at alpha / 2.
struct ErrorRates {
  double missed, false_alarm;
};
ErrorRates upper_bounds(const GameCounts& c, double alpha) {
  return {stats::clopper_pearson_upper(c.missed, c.with, 1.0 - alpha / 2.0),
          stats::clopper_pearson_upper(c.false_alarms, c.without, 1.0 - alpha / 2.0)};
}

double log_ratio(double hit, double delta, double error) {
  return hit > delta ? std::log((hit - delta) / error) : 0.0;
}

}  // namespace

void GameCounts::validate() const {
  if (missed < 0 || missed > with || false_alarms < 0 || false_alarms > without) {
    throw std::invalid_argument(
        fmt::format("expected at most {} missed and {} false alarms, got {} and {}", with, without,
                    missed, false_alarms));
  }
}

double two_run_epsilon(const GameCounts& counts, double delta, double alpha) {
  counts.validate();
  check(delta, alpha);
  const auto rates = upper_bounds(counts, alpha);
  return std::max({0.0, log_ratio(1.0 - rates.missed, delta, rates.false_alarm),
                   log_ratio(1.0 - rates.false_alarm, delta, rates.missed)});
}

double two_run_ceiling(std::int64_t games, double delta, double alpha) {
  return two_run_epsilon({.with = games, .without = games}, delta, alpha);
}

GameCounts count_games(const std::vector<double>& with, const std::vector<double>& without,
                       double threshold) {
  GameCounts counts{.with = std::ssize(with), .without = std::ssize(without)};
  counts.missed =
      std::count_if(with.begin(), with.end(), [&](double s) { return !(s >= threshold); });
  counts.false_alarms =
      std::count_if(without.begin(), without.end(), [&](double s) { return s >= threshold; });
  return counts;
}

double best_threshold(const std::vector<double>& with, const std::vector<double>& without,
                      double delta, double alpha) {
  if (with.empty() || without.empty())
    throw std::invalid_argument("expected scores of games with the canary, and without");
  std::set<double> candidates(with.begin(), with.end());
  candidates.insert(without.begin(), without.end());
  double best = *candidates.begin(), most = -1.0;
  for (const double threshold : candidates) {
    const double shown = two_run_epsilon(count_games(with, without, threshold), delta, alpha);
    if (shown > most) {
      most = shown;
      best = threshold;
    }
  }
  return best;
}

double gdp_epsilon_estimate(const GameCounts& counts, double delta, double alpha) {
  counts.validate();
  check(delta, alpha);
  const auto rates = upper_bounds(counts, alpha);
  if (rates.missed >= 1.0 || rates.false_alarm >= 1.0) return 0.0;
  const double mu =
      stats::normal_quantile(1.0 - rates.false_alarm) - stats::normal_quantile(rates.missed);
  if (mu <= 0.0) return 0.0;
  History gaussian;
  gaussian.add(full_batch(1.0 / mu));
  return pld_epsilon(gaussian, delta);
}

}  // namespace assay::dp
