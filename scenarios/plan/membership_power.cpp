#include "scenarios/plan/membership_power.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/stats/t_interval.h"

namespace assay::scenarios {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kBetweenTrainings = 0.02;
constexpr int kDraws = 4000;

bool is_attribute(const MetricFacts& metric) {
  return metric.id == kAttributeAdvantage || metric.id == kAttributeAccuracy;
}

/// What a guess is worth on average.
double chance_of(const MetricFacts& metric, double per_side) {
  if (is_attribute(metric)) return 0.0;  // the null of its accuracy hangs on the data
  if (metric.id == "auc") return 0.5;
  // The mean of the two-sample Kolmogorov-Smirnov statistic, sqrt(pi / 2) ln 2 sqrt(2 / n).
  if (metric.id == "advantage") return 0.869 * std::sqrt(2.0 / per_side);
  return metric.false_positive_rate;
}

double sampling_variance(const MetricFacts& metric, double value, double per_side) {
  if (is_attribute(metric)) return (metric.id == kAttributeAdvantage ? 0.5 : 0.25) / per_side;
  const double p = std::clamp(value, 0.0, 1.0);
  const double samples = metric.id == "advantage" ? 2.0 : 1.0;
  return samples * p * (1 - p) / per_side;
}

}  // namespace

double membership_stddev(const MetricFacts& metric, double value, std::int64_t candidates) {
  const double per_side = static_cast<double>(candidates) / 2;
  return std::sqrt(sampling_variance(metric, value, per_side) +
                   kBetweenTrainings * kBetweenTrainings);
}

double membership_null(const MetricFacts& metric, std::int64_t candidates, std::int64_t seeds) {
  const double per_side = static_cast<double>(candidates) / 2;
  const double chance = chance_of(metric, per_side);
  const double error = std::sqrt(sampling_variance(metric, chance, per_side));
  return chance + 3 * error / std::sqrt(static_cast<double>(seeds));
}

double membership_control_power(const MetricFacts& metric, double expect, double at_least,
                                std::int64_t candidates, std::int64_t seeds) {
  if (seeds < 2) return 0.0;
  const double floor = std::max(at_least, membership_null(metric, candidates, seeds));
  std::mt19937_64 generator(20240610);
  std::normal_distribution<double> scatter(expect, membership_stddev(metric, expect, candidates));
  std::vector<double> values(static_cast<std::size_t>(seeds));
  int met = 0;
  for (int i = 0; i < kDraws; ++i) {
    for (auto& value : values)
      value = std::clamp(scatter(generator), 0.0, 1.0);
    met += stats::t_interval(values, kConfidence)->lo >= floor ? 1 : 0;
  }
  return static_cast<double>(met) / kDraws;
}

}  // namespace assay::scenarios
