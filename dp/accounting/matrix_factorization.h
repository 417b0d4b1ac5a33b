#pragma once

#include <cstdint>

#include "dp/accounting/history.h"

namespace assay::dp {

/// Accounting of correlated noise: a run that adds C^-1 z to its clipped sums, z with standard
/// deviation noise_multiplier C_clip, costs what these entries cost.

/// BandMF (Choquette-Choo et al., arXiv 2306.08153, theorem 4): C lower triangular with `bands`
/// bands and columns of norm at most 1. Records are dealt into `bands` groups without looking at
/// them, step t draws from group t mod bands, each record by a coin of chance `rate`. Equal to
/// DP-SGD of ceil(steps / bands) steps at that rate. Errors: std::invalid_argument unless steps,
/// bands >= 1.
History::Entry banded_matrix(std::int64_t steps, std::int64_t bands, double rate,
                             double noise_multiplier);

/// Any factorisation without sampling, whose sensitivity over the participations that are allowed
/// is `sensitivity` (units of the clip norm): one Gaussian release of noise_multiplier /
/// sensitivity. A banded C with unit columns and participations at least `bands` steps apart:
/// sqrt(times). Binary trees: dp/noise/correlated has the exact sensitivity of a run.
History::Entry whole_matrix(double sensitivity, double noise_multiplier);

/// DP-FTRL's binary tree over `steps` leaves with Gaussian noise in each node (Kairouz et al.,
/// arXiv 2103.00039): one record's step is in ceil(log2 steps) + 1 nodes, so that k participations
/// in one tree have sensitivity at most k sqrt(ceil(log2 steps) + 1); each of `trees` (restarts) is
/// a release of its own. Errors: std::invalid_argument unless steps, participations and trees are
/// at least 1.
History::Entry binary_tree(std::int64_t steps, std::int64_t participations, std::int64_t trees,
                           double noise_multiplier);

}  // namespace assay::dp
