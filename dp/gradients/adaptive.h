#pragma once

#include "dp/gradients/clipped_sum.h"

namespace assay::dp {

/// A clip norm that follows a quantile of the gradients' norms (Andrew et al., arXiv 1905.03871).
struct AdaptiveOptions {
  double clip_norm = 1.0;       ///< C of the first step
  double quantile = 0.5;        ///< gamma: the share of examples that should stay as they are
  double learning_rate = 0.2;   ///< eta
  double count_noise = 0.0;     ///< sigma_b: standard deviation of the noise in the count
  double expected_batch = 0.0;  ///< public; about 20 sigma_b or more makes the noise small

  /// Errors: std::invalid_argument.
  void validate() const;

  /// The noise multiplier of the gradients' sum, z_delta = (z^-2 - (2 sigma_b)^-2)^(-1/2) > z, with
  /// which the two queries of a step together are one Gaussian release of noise multiplier z
  /// (theorem 1 there). z is what is charged.
  /// Errors: std::invalid_argument unless 0 < z < 2 sigma_b: the count alone would cost more.
  double gradient_noise_multiplier(double noise_multiplier) const;
};

class AdaptiveThreshold {
 public:
  explicit AdaptiveThreshold(AdaptiveOptions options);
  /// To go on where another stopped.
  AdaptiveThreshold(AdaptiveOptions options, double clip_norm);

  double clip_norm() const { return clip_norm_; }

  /// The query of a step: each example adds +1/2 if it was not clipped and -1/2 if it was or was
  /// not finite. Adding or removing an example moves it by 1/2 (the count itself would move by 1),
  /// so that noise of sigma_b has the noise multiplier 2 sigma_b. Private until it has its noise.
  static double query(const ClippedSum& step);

  /// C <- C exp(-eta (b - gamma)), b = noisy_query / expected_batch + 1/2 the noisy share of
  /// examples that were not clipped. `noisy_query` is query() of the whole step, over all workers,
  /// plus N(0, sigma_b^2).
  void update(double noisy_query);

 private:
  AdaptiveOptions options_;
  double clip_norm_;
};

}  // namespace assay::dp
