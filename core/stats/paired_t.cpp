#include "core/stats/paired_t.h"

#include <cmath>

#include "core/stats/summary.h"
#include "core/stats/t_estimate.h"
#include "core/stats/t_interval.h"

namespace assay::stats {
namespace {

std::optional<TEstimate> estimate(std::span<const double> differences) {
  if (differences.size() < 2) return std::nullopt;
  const auto k = static_cast<double>(differences.size());
  TEstimate out{.value = mean(differences),
                .standard_error = sample_sd(differences) / std::sqrt(k),
                .degrees_of_freedom = k - 1.0};
  // With n in the denominators: g / sqrt(k), g the sample's skewness.
  const double sd = out.standard_error * std::sqrt(k - 1.0);
  if (sd > 0.0) out.skewness = third_moment(differences) / (sd * sd * sd) / std::sqrt(k);
  return out;
}

}  // namespace

std::optional<Interval> paired_t_interval(std::span<const double> differences, double confidence) {
  return t_interval(differences, confidence);
}

std::optional<double> paired_t_lower(std::span<const double> differences, double confidence) {
  const auto change = estimate(differences);
  if (!change) return std::nullopt;
  return t_lower(*change, confidence);
}

std::optional<double> paired_t_upper(std::span<const double> differences, double confidence) {
  const auto change = estimate(differences);
  if (!change) return std::nullopt;
  return t_upper(*change, confidence);
}

std::optional<double> paired_t_p_value(std::span<const double> differences, double delta) {
  const auto change = estimate(differences);
  if (!change) return std::nullopt;
  return t_p_value(*change, delta);
}

std::optional<double> paired_t_cautious_p_value(std::span<const double> differences, double delta) {
  const auto change = estimate(differences);
  if (!change) return std::nullopt;
  return t_cautious_p_value(*change, delta);
}

}  // namespace assay::stats
