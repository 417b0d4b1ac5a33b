#pragma once

#include <span>

namespace assay::stats {

/// Summaries of a sample. All of them refuse an empty sample and values that are not finite with
/// std::invalid_argument: a diverged run has to be counted as one before anything is averaged.

double mean(std::span<const double> values);
double median(std::span<const double> values);

/// The quantile at `probability` in [0, 1], by linear interpolation between order statistics: type
/// 7 of Hyndman and Fan, The American Statistician 50 (1996); numpy's and R's default.
double quantile(std::span<const double> values, double probability);

/// The sample standard deviation, with n - 1 in the denominator. Needs two values.
double sample_sd(std::span<const double> values);

/// The third moment around the mean, with n in the denominator: negative where low values lie far
/// out.
double third_moment(std::span<const double> values);

}  // namespace assay::stats
