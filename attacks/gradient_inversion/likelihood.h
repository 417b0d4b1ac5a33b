#pragma once

#include "attacks/gradient_inversion/minimize.h"

namespace assay::attacks {

/// Whether an attacker leaves out of the match what a message did not carry. One who acts as if
/// there were no defense takes what a defense left out for zeros; a message that is only a part, of
/// an all-reduce for instance, everybody reads as a part.
bool looks_at_what_was_sent(const PublicDescription& defense, bool adaptive);

/// What an attacker assumes about the noise of each victim's update: one standard deviation per
/// stage.
struct NoiseStages {
  std::vector<at::Tensor> sigma;  ///< each [victims]
  at::Tensor signal_rms;          ///< [victims]: of the update without its noise
};

/// `adaptive`: use the defense's description (noise law, left-out coordinates); otherwise as if
/// there were no defense.
NoiseStages noise_stages(const Problem& problem, const PublicDescription& defense, bool adaptive);

/// Maximum a posteriori reconstruction of all victims of a problem. `labels` as for Objective.
Minimum maximize_posterior(const Problem& problem, const at::Tensor& labels,
                           const PublicDescription& defense, bool adaptive, std::int64_t budget,
                           Stream& stream, const Tick& tick);

}  // namespace assay::attacks
