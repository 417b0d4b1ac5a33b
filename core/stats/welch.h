#pragma once

#include <optional>
#include <span>

#include "core/stats/interval.h"

namespace assay::stats {

/// The difference of means second - first of two independent samples whose variances may differ:
/// Welch's t with Satterthwaite's degrees of freedom.
///
/// Fewer than two values on either side give no result. Without any spread on both sides the
/// bounds are the difference itself, and p is 0 above delta and 1 at or below it (see t_p_value);
/// no spread on one side leaves the other's degrees of freedom.
/// Errors: std::invalid_argument for values that are not finite, or a bad confidence or tolerance.
/// Source: B. L. Welch, Biometrika 34 (1947) 28-35.

/// `confidence` is two-sided.
std::optional<Interval> welch_interval(std::span<const double> first,
                                       std::span<const double> second, double confidence);

/// One-sided bounds at `confidence`.
std::optional<double> welch_lower(std::span<const double> first, std::span<const double> second,
                                  double confidence);
std::optional<double> welch_upper(std::span<const double> first, std::span<const double> second,
                                  double confidence);

/// One-sided p-value of H0: mean2 - mean1 <= delta.
std::optional<double> welch_p_value(std::span<const double> first, std::span<const double> second,
                                    double delta);

/// The same with caution where low values of the second sample, or high ones of the first, lie far
/// out (see t_cautious_p_value).
std::optional<double> welch_cautious_p_value(std::span<const double> first,
                                             std::span<const double> second, double delta);

}  // namespace assay::stats
