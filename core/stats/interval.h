#pragma once

namespace assay::stats {

/// A closed interval [lo, hi].
///
/// Two-sided at confidence c: each end misses with probability (1 - c) / 2. A one-sided bound at
/// confidence c (the functions named ..._lower and ..._upper) misses with probability 1 - c, so it
/// is that end of the two-sided interval at 2c - 1. Every function says which of the two it takes.
struct Interval {
  double lo = 0.0;
  double hi = 0.0;

  bool contains(double value) const { return lo <= value && value <= hi; }
};

/// Errors: std::invalid_argument unless 0 < confidence < 1.
void require_confidence(double confidence);

}  // namespace assay::stats
