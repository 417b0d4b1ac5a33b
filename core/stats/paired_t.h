#pragma once

#include <optional>
#include <span>

#include "core/stats/interval.h"

namespace assay::stats {

/// Student's t on paired differences, one value per seed: the seed's second result minus its first.
///
/// Fewer than two differences give no result. Differences that all agree have no spread: the bounds
/// are the difference itself, and p is 0 above delta and 1 at or below it (see t_p_value).
/// Errors: std::invalid_argument for values that are not finite, or a bad confidence or tolerance.

/// `confidence` is two-sided.
std::optional<Interval> paired_t_interval(std::span<const double> differences, double confidence);

/// One-sided bounds at `confidence`.
std::optional<double> paired_t_lower(std::span<const double> differences, double confidence);
std::optional<double> paired_t_upper(std::span<const double> differences, double confidence);

/// One-sided p-value of H0: the mean difference is at most delta.
std::optional<double> paired_t_p_value(std::span<const double> differences, double delta);

/// The same with caution where the differences are skewed to the left (see t_cautious_p_value).
std::optional<double> paired_t_cautious_p_value(std::span<const double> differences, double delta);

}  // namespace assay::stats
