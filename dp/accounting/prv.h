#pragma once

#include "dp/accounting/history.h"

namespace assay::dp {

/// Epsilon with bounds from both sides.
struct PrvEpsilon {
  double lower = 0.0;
  double estimate = 0.0;
  double upper = 0.0;
};

struct PrvOptions {
  double epsilon_error = 0.01;      ///< half the distance of the bounds, about
  double delta_error_share = 1e-3;  ///< the error of delta, as a share of delta
};

/// The accountant of Gopi, Lee, Wutschitz (arXiv 2106.02848, section 5): privacy
/// random variables on a grid with the right mean, whose sum is off by more than epsilon_error with
/// probability below the error of delta. Bounds hold up to that and to the transform's rounding,
/// which is added. Both directions, the worse one. The interval shrinks with the root of the number
/// of releases; `pld`, which bounds from above without that, is faster for many of them.
/// Errors: std::invalid_argument unless 0 < delta < 1, for truncated_poisson and fixed_size (they
/// have no RDP bound to cut the losses by), and where more than 2^23 grid points would be needed.
PrvEpsilon prv_epsilon(const History& history, double delta, const PrvOptions& options = {});

}  // namespace assay::dp
