#pragma once

#include <cstdint>

#include "core/stats/interval.h"

namespace assay::stats {

/// The same n units under two conditions. Units with the same outcome under both enter through n
/// alone.
struct PairedRate {
  std::int64_t b = 0;  ///< succeeded under the second condition only
  std::int64_t c = 0;  ///< succeeded under the first condition only
  std::int64_t n = 0;  ///< pairs

  /// The observed difference second - first, (b - c) / n.
  double difference() const { return static_cast<double>(b - c) / static_cast<double>(n); }
};

/// The difference second - first of two paired rates: Tango's score test and interval.
///
///   T(delta) = (b - c - n delta) / sqrt(n (2 q + delta (1 - delta)))
/// with q the maximum-likelihood estimate of the probability of a c pair when the difference is
/// delta. At delta = 0 it is McNemar's statistic. No pairs at all give [-1, 1] with p = 1.
/// Approximate, not exact: at a one-sided level of 5 %, a change of exactly the tolerance (0, 0.05,
/// 0.15) is called an excess, or within it by the upper bound, with a chance of at most 8.1 % for
/// n = 12, 7.2 % for 24, 8.8 % for 60 and 7.9 % for 120 (enumerated in the tests; the last two
/// where there is hardly a c pair); 4.4 to 5.4 % on average over the chance of a c pair.
/// Errors: std::invalid_argument unless b, c >= 0 and b + c <= n, or for a bad confidence or delta.
/// Source: T. Tango, Statistics in Medicine 17 (1998) 891-908, equations 24 to 26, with delta of
/// the opposite sign.

/// T(delta), -1 < delta < 1, n > 0. 0 where no pair is discordant and delta = 0.
double tango_score(const PairedRate& pairs, double delta);

/// `confidence` is two-sided.
Interval tango_interval(const PairedRate& pairs, double confidence);

/// One-sided bounds at `confidence`.
double tango_lower(const PairedRate& pairs, double confidence);
double tango_upper(const PairedRate& pairs, double confidence);

/// One-sided p-value of H0: the difference is at most delta, P(Z > T(delta)); delta in [-1, 1].
/// p <= 1 - c is the same decision as tango_lower at confidence c >= delta. At delta = 1 the
/// hypothesis cannot fail, and p = 1; at -1 it holds only if every pair is a c pair.
double tango_p_value(const PairedRate& pairs, double delta);

}  // namespace assay::stats
