#pragma once

#include "core/stats/interval.h"
#include "core/stats/rate.h"

namespace assay::stats {

/// The difference second - first of two independent rates: Newcombe's hybrid of Wilson's score
/// intervals, without continuity correction.
///
/// With d = p2 - p1 and Wilson's [l_i, u_i] of each rate:
///   lower = d - sqrt((p2 - l2)^2 + (u1 - p1)^2)
///   upper = d + sqrt((u2 - p2)^2 + (p1 - l1)^2)
/// Approximate, not exact: at a one-sided level of 5 % and equal n, a change of exactly the
/// tolerance (0, 0.05, 0.15) is called an excess, or within it by the upper bound, with a chance of
/// at most 7.6 % for n = 12, 6.9 % for 24, 6.1 % for 60 and 5.8 % for 120 (enumerated in the
/// tests); 3.8 to 5.1 % on average over rates.
/// If either side has no units, the difference is in [-1, 1], with p = 1.
/// Errors: std::invalid_argument for a bad count, confidence or tolerance.
/// Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.

/// `confidence` is two-sided.
Interval newcombe_interval(const Rate& first, const Rate& second, double confidence);

/// One-sided bounds at `confidence`.
double newcombe_lower(const Rate& first, const Rate& second, double confidence);
double newcombe_upper(const Rate& first, const Rate& second, double confidence);

/// The one-sided lower bound at the confidence whose normal quantile is z: for levels too small to
/// be told from 1 as a confidence. Grows with the second count, falls with the first and with z.
double newcombe_lower_at(const Rate& first, const Rate& second, double z);

/// One-sided p-value of H0: p2 - p1 <= delta, by inverting the bounds: p <= 1 - c is the same
/// decision as newcombe_lower at confidence c >= delta. 0.5 where the observed difference is delta.
/// delta lies in [-1, 1]; at 1 the hypothesis cannot fail, and p = 1; at -1 it holds only if the
/// first rate is 1 and the second 0.
double newcombe_p_value(const Rate& first, const Rate& second, double delta);

}  // namespace assay::stats
