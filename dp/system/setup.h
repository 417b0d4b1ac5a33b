#pragma once

#include <memory>

#include "dp/audit/canaries.h"
#include "dp/gradients/adaptive.h"
#include "dp/noise/sum_noise.h"
#include "dp/system/options.h"
#include "dp/system/privacy_plan.h"
#include "dp/system/topology.h"

namespace assay::dp {

/// How a worker adds its noise to each step's sum.
struct NoisePractice {
  Rank generator = 0;  ///< the worker in whose name its generator is derived: itself
  double share = 1.0;  ///< of the variance
  bool on_empty_batches = true;
};

/// What all ranks of a training agree on before it starts; all of it is public, but for the coins
/// of canaries.
struct Setup {
  DpSgdOptions options;
  Topology topology;
  PrivacyPlan plan;
  ModelSpec model;  ///< with BatchNorms replaced, if that was asked for
  std::vector<ParameterSpec> shapes;
  std::int64_t coordinates = 0;
  std::optional<AdaptiveOptions> adaptive;
  double sensitivity = 1.0;  ///< of the clipped sum while the clip norm is options.clipping's
  /// What an update is that a probe shows, over what is summed: 1, or of several local steps -lr,
  /// with which the sum of their gradients is a change of weights.
  double update_unit = 1.0;
  std::shared_ptr<const Canaries> canaries = {};  ///< of an audited training; otherwise null

  /// Standard deviation of one step's noise over that of fresh draws: root of the mean square over
  /// steps.
  double correlated_stddev() const;
  /// The largest chance of a record to take part in a step.
  double sampling_rate() const { return plan.sampling_rate(); }
  /// The share of the noise's variance that a worker draws.
  double share_of(Rank worker) const;
  /// How it draws that share.
  NoisePractice practice_of(Rank worker) const;
  /// The noise in the sum of gradients, at a clip norm of the step.
  SumNoise noise_of(Rank worker, double clip_norm) const;
  SumNoise noise_with(double share, double clip_norm) const;
  /// The noise in the count of unclipped examples (adaptive clipping).
  SumNoise count_noise_of(Rank worker) const;
};

/// `noise_multiplier`: as plan_privacy().
/// Errors: std::invalid_argument for what dp_sgd has no place for: defenses of updates, several
/// local steps of clients that are not the unit, a BatchNorm that is not to be replaced.
Setup make_setup(const DpSgdOptions& options, const Task& task,
                 std::optional<double> noise_multiplier = {},
                 std::shared_ptr<const Canaries> canaries = {});

}  // namespace assay::dp
