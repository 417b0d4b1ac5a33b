#pragma once

#include <cstdint>
#include <vector>

#include "dp/accounting/privacy_loss.h"

namespace assay::dp {

/// One kind of release and how often it ran.
struct RepeatedLoss {
  PrivacyLoss loss;
  std::int64_t count = 0;
};

/// How a composition is computed: its loss is tilted by e^(tilt loss), which moves its mean to the
/// epsilon that is asked for, and looked at on a window of a grid. Choices made here decide how
/// tight a bound is, never whether it holds: compose.h bounds what they leave out.
struct GridPlan {
  double tilt = 1.0;                         ///< theta > 0
  double interval = 0.0;                     ///< h, of losses
  double window_low = 0.0;                   ///< the loss at which the window begins
  std::int64_t points = 0;                   ///< N, a power of two
  double tail = 0.0;                         ///< mass that each release may cut off
  double reach_low = 0.0, reach_high = 0.0;  ///< lambda of the Chernoff bounds beyond the window
};

struct GridLimits {
  std::int64_t least_points = 1 << 18;
  std::int64_t most_points = 1 << 20;
  /// Cells per standard deviation of one release: an nth of it inflates the variance by 1 / 6n^2.
  double cells_per_deviation = 64.0;
  /// If not 0: the interval that the caller needs; points follow from it.
  double interval = 0.0;
};

/// The plan for the epsilon at `delta`: theta minimises the Renyi bound, as alpha = 1 + theta.
GridPlan plan_for_delta(const std::vector<RepeatedLoss>& losses, double delta,
                        const GridLimits& limits = {});
}  // namespace assay::dp
