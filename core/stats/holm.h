#pragma once

#include <span>
#include <vector>

namespace assay::stats {

/// Holm's step-down correction: what becomes of a family of p-values when all are looked at.
struct HolmResult {
  std::vector<double> adjusted;  ///< in the order given; each at least its p-value, at most 1
  std::vector<bool> rejected;    ///< adjusted <= alpha
};

/// The probability of any false rejection is at most `alpha`, however the tests depend on one
/// another. No p-values give an empty result.
/// Errors: std::invalid_argument for a p-value that is NaN or outside [0, 1], or unless
/// 0 < alpha < 1.
/// Source: S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70.
HolmResult holm(std::span<const double> p_values, double alpha);

}  // namespace assay::stats
