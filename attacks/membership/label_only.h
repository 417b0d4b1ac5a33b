#pragma once

#include "core/attack.h"

namespace assay::attacks {

struct LabelOnlyOptions {
  std::int64_t queries = 60;  ///< for each candidate
  double scale = 0.3;         ///< of the strongest perturbation, in units of the data's range

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// "Label-Only Membership Inference Attacks" (Choquette-Choo et al., ICML 2021): of the model's
/// answer the attacker sees the predicted class alone. A training pushes the decision boundary away
/// from what it has seen, so that members keep their label under stronger perturbation:
///
///   score = [label right] + share of the other queries that get it right,
///
/// query k of K perturbed by scale * k / (K - 1) (perturbation.h). The paper estimates the distance
/// to the boundary by noise of one size found on shadow models; the sum over sizes needs no shadows
/// and grows with that distance too.
/// Cost: `queries` queries for each candidate.
/// Needs: a released_model, its architecture, candidates.
std::unique_ptr<Attack> make_label_only(const LabelOnlyOptions& options);

}  // namespace assay::attacks
