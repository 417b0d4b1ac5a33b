#pragma once

#include "core/attack.h"

namespace assay::attacks {

struct LossThresholdOptions {
  void validate() const {}
};

/// "Privacy Risk in Machine Learning" (Yeom et al., CSF 2018): one threshold on the loss for all,
///
///   score(x, y) = -loss(x, y) = ln p_y(x).
///
/// It knows nothing of how hard a record is, so that it tells few members from non-members with
/// confidence, however large its area under the curve. The paper's threshold is the mean training
/// loss; here every threshold is scored.
/// Cost: one query for each candidate.
/// Needs: a released_model, its architecture, candidates.
std::unique_ptr<Attack> make_loss_threshold(const LossThresholdOptions& options = {});

}  // namespace assay::attacks
