#pragma once

#include <cstdint>
#include <vector>

namespace assay::dp {

/// The coefficients of a banded Toeplitz matrix C for which, at columns of norm 1, the noise C^-1 z
/// has the least mean square in the prefix sums of `steps` steps:
///
///   E(c) = |c|^2 / n sum_i (n - i) p_i^2,   p = 1 / ((1 - x) c(x))
///
/// by L-BFGS on log E from `start`, with dE/dc_j from dp = -p / c dc. Errors: std::runtime_error if
/// nothing finite is found.
std::vector<double> least_prefix_error(const std::vector<double>& start, std::int64_t steps);

}  // namespace assay::dp
