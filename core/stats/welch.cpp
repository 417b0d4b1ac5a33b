#include "core/stats/welch.h"

#include <algorithm>
#include <cmath>

#include "core/stats/summary.h"
#include "core/stats/t_estimate.h"

namespace assay::stats {
namespace {

double standard_error(std::span<const double> values) {
  return sample_sd(values) / std::sqrt(static_cast<double>(values.size()));
}

std::optional<TEstimate> estimate(std::span<const double> first, std::span<const double> second) {
  if (first.size() < 2 || second.size() < 2) return std::nullopt;
  const double e1 = standard_error(first), e2 = standard_error(second);
  TEstimate out{.value = mean(second) - mean(first), .standard_error = std::hypot(e1, e2)};
  if (out.standard_error > 0.0) {
    // nu = (e1^2 + e2^2)^2 / (e1^4 / (n1 - 1) + e2^4 / (n2 - 1)), in shares of e1^2 + e2^2
    const double share1 = std::pow(e1 / out.standard_error, 2);
    const double share2 = std::pow(e2 / out.standard_error, 2);
    out.degrees_of_freedom = 1.0 / (share1 * share1 / static_cast<double>(first.size() - 1) +
                                    share2 * share2 / static_cast<double>(second.size() - 1));
    // Third and second moments of a mean: those of its values, over n^2 and n.
    const auto n1 = static_cast<double>(first.size()), n2 = static_cast<double>(second.size());
    const double third = third_moment(second) / (n2 * n2) - third_moment(first) / (n1 * n1);
    const double variance = e1 * e1 * (n1 - 1.0) / n1 + e2 * e2 * (n2 - 1.0) / n2;
    out.skewness = third / std::pow(variance, 1.5);
  }
  return out;
}

/// The difference under one variance for both samples; two values on each side or more.
TEstimate pooled(std::span<const double> first, std::span<const double> second) {
  const auto n1 = static_cast<double>(first.size()), n2 = static_cast<double>(second.size());
  const double s1 = sample_sd(first), s2 = sample_sd(second);
  const double degrees = n1 + n2 - 2.0;
  const double variance = ((n1 - 1.0) * s1 * s1 + (n2 - 1.0) * s2 * s2) / degrees;
  return {.value = mean(second) - mean(first),
          .standard_error = std::sqrt(variance * (1.0 / n1 + 1.0 / n2)),
          .degrees_of_freedom = degrees};
}

}  // namespace

std::optional<Interval> welch_interval(std::span<const double> first,
                                       std::span<const double> second, double confidence) {
  require_confidence(confidence);
  const auto difference = estimate(first, second);
  if (!difference) return std::nullopt;
  const double one_sided = 0.5 + confidence / 2.0;
  return Interval{t_lower(*difference, one_sided), t_upper(*difference, one_sided)};
}

std::optional<double> welch_lower(std::span<const double> first, std::span<const double> second,
                                  double confidence) {
  const auto difference = estimate(first, second);
  if (!difference) return std::nullopt;
  return t_lower(*difference, confidence);
}

std::optional<double> welch_upper(std::span<const double> first, std::span<const double> second,
                                  double confidence) {
  const auto difference = estimate(first, second);
  if (!difference) return std::nullopt;
  return t_upper(*difference, confidence);
}

std::optional<double> welch_p_value(std::span<const double> first, std::span<const double> second,
                                    double delta) {
  const auto difference = estimate(first, second);
  if (!difference) return std::nullopt;
  return t_p_value(*difference, delta);
}

std::optional<double> welch_cautious_p_value(std::span<const double> first,
                                             std::span<const double> second, double delta) {
  const auto difference = estimate(first, second);
  if (!difference) return std::nullopt;
  return std::max(t_cautious_p_value(*difference, delta), t_p_value(pooled(first, second), delta));
}

std::optional<double> welch_cautious_lower(std::span<const double> first,
                                           std::span<const double> second, double confidence) {
  const auto difference = estimate(first, second);
  if (!difference) return std::nullopt;
  return std::min(t_lower(*difference, confidence), t_lower(pooled(first, second), confidence));
}

std::optional<double> welch_cautious_upper(std::span<const double> first,
                                           std::span<const double> second, double confidence) {
  const auto difference = estimate(first, second);
  if (!difference) return std::nullopt;
  return std::max(t_upper(*difference, confidence), t_upper(pooled(first, second), confidence));
}

}  // namespace assay::stats
