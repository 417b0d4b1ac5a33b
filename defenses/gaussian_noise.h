#pragma once

#include "core/defense.h"

namespace assay::defenses {

struct GaussianNoiseOptions {
  double stddev = 0.01;          ///< of the noise on every coordinate
  bool relative_to_rms = false;  ///< `stddev` is in units of the update's root mean square

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Adds independent N(0, stddev^2) noise to every coordinate of an update.
///
/// Papers that set "noise 1e-2" mean the variance in some places and the standard deviation in
/// others; here it is always the standard deviation. Not a differential-privacy mechanism: nothing
/// is clipped. Cost: none on the wire.
std::unique_ptr<Defense> gaussian_noise(const ModelSpec& spec, const GaussianNoiseOptions& options);

}  // namespace assay::defenses
