#pragma once

#include "core/attack.h"

namespace assay::attacks {

struct LabelOnlyOptions {
  std::int64_t queries = 60;  ///< for each candidate
  double scale = 0.1;         ///< of the strongest perturbation, in units of the data's range
  std::int64_t shadows = 8;   ///< models that tell how hard a candidate is; 0: none

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// "Label-Only Membership Inference Attacks" (Choquette-Choo et al., ICML 2021): of the model's
/// answer the attacker sees the predicted class alone. A training pushes the decision boundary away
/// from what it has seen, so that members keep their label under stronger perturbation:
///
///   robustness = [label right] + share of the other queries that get it right,
///   score      = robustness under the target - mean robustness under shadows that left it out
///
/// query k of K perturbed by scale * k / (K - 1), the same way for all models (perturbation.h). The
/// paper finds a size of noise and a threshold for all on shadow models. But an easy record is
/// robust under every model, and a hard one that was learnt by heart is barely so: with tables the
/// robustness alone falls behind asking whether the label is right. What shadows say of the same
/// record takes that off (Watson et al., "On the Importance of Difficulty Calibration in Membership
/// Inference Attacks", ICLR 2022).
/// Cost: `queries` queries for each candidate, of the target and of each shadow.
/// Needs: a released_model, its architecture, candidates; shadow models, unless `shadows` is 0.
std::unique_ptr<Attack> make_label_only(const LabelOnlyOptions& options);

}  // namespace assay::attacks
