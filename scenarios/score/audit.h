#pragma once

#include <nlohmann/json.hpp>

#include "core/attack.h"

namespace assay::scenarios {

struct AuditInput {
  const Evidence& evidence;
  const at::Tensor& included;    ///< [canaries] bool: the coins
  const std::vector<bool>& own;  ///< canaries that the auditor holds itself: not guessed
  std::int64_t guesses = 0;
  double delta = 0.0, alpha = 0.05;
};

/// Scores an audit. One unit, the training, with
///
///   audited_epsilon           a lower bound on epsilon at level alpha (Steinke et al.,
///                             arXiv:2305.08846)
///   audited_epsilon_gaussian  the same where the trade-off is a Gaussian's (arXiv:2410.22235)
///   audit_ceiling             the first, had every guess been right
///   guesses_right             how many were
///
/// and the counts, of which several trainings make one audit. A canary with a score above 0 is
/// guessed to be in, others out; the guesses are those of the largest magnitude, ties by number. A
/// canary without a score, or with NaN, has 0. Null: coins, which show 0.
nlohmann::json score_audit(const AuditInput& input);

}  // namespace assay::scenarios
