#pragma once

#include <string>

namespace assay::dp {

/// FOR AUDITS OF AUDITORS, NEVER IN USE: mistakes that implementations of private training have
/// made elsewhere. A flawed training claims what its authors would have claimed, and the claim is
/// false: an audit must find it above the claim (docs/dp.md says which audit sees which).
///
/// Each flaw stands in a file of this folder, apart from the code that it spoils.
enum class Flaw {
  none,
  /// The mean of all that a worker drew is clipped to C, in the place of each example's gradient,
  /// as after a sum or an all-reduce.
  clip_after_sum,
  /// The mean of each micro-batch is clipped to C, in the place of each example's gradient.
  microbatch_clipping,
  /// All workers draw the same noise, of sigma / n each. The sum has sigma, and every worker knows
  /// all of it.
  shared_noise_seed,
  /// Each of n workers draws noise of sigma / n, in the place of sigma / sqrt(n).
  noise_divided_by_workers,
  /// A worker that drew no record adds no noise.
  no_noise_on_empty_batches,
  /// Records are drawn by a seed that everybody knows, and claimed as secret draws.
  public_sampling_seed,
  /// The micro-batches of a step are charged as steps of their own at a smaller rate.
  micro_batches_charged_as_steps,
};
std::string to_string(Flaw flaw);

}  // namespace assay::dp
