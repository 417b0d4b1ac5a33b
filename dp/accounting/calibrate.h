#pragma once

#include <cstdint>
#include <functional>

#include "dp/accounting/accountant.h"

namespace assay::dp {

/// What a run may cost.
struct PrivacyTarget {
  double epsilon = 0.0;
  double delta = 0.0;
  Accountant accountant = Accountant::pld;

  /// Errors: std::invalid_argument unless epsilon > 0 and 0 < delta < 1.
  void validate() const;
};

struct NoiseCalibration {
  double noise_multiplier = 0.0;
  double epsilon = 0.0;  ///< as accounted for exactly this noise; at most the target
};

/// The least noise multiplier, to one part in 10^4, whose epsilon does not exceed the target. What
/// is returned was itself accounted for: rounding never overshoots. `run` gives the history of a
/// run with this much noise; its epsilon must fall as noise grows. Cost: about ten accountings.
/// Errors: std::invalid_argument where no noise up to 10^6 is enough, or `run` throws.
NoiseCalibration calibrate_noise(const std::function<History(double noise_multiplier)>& run,
                                 const PrivacyTarget& target);

struct StepsCalibration {
  std::int64_t steps = 0;  ///< 0 if even one exceeds the target
  double epsilon = 0.0;
};

/// The most steps, up to 10^9, whose epsilon does not exceed the target: one more does (as
/// accounted for). Cost: about 15 accountings.
StepsCalibration calibrate_steps(const std::function<History(std::int64_t steps)>& run,
                                 const PrivacyTarget& target);

}  // namespace assay::dp
