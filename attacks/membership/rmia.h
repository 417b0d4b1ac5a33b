#pragma once

#include "attacks/membership/model_oracle.h"

namespace assay::attacks {

struct RmiaOptions {
  std::int64_t shadows = 4;  ///< reference models, each trained on half of the candidates
  bool online = true;        ///< false: from the references that left the candidate out alone
  double gamma = 1.0;        ///< by how much a candidate must beat a public record; 1 or more
  /// How much of the way from 1 an unseen record's confidence keeps when it is trained on; see
  /// below.
  double offline_a = 0.3;

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Robust membership inference: "Low-Cost High-Power Membership Inference Attacks" (Zarifzadeh,
/// Liu, Shokri, ICML 2024). A candidate x is compared with public records z, none of them trained
/// on:
///
///   LR(x, z) = (p(x | target) / p(x)) / (p(z | target) / p(z))
///   score(x) = share of the z with LR(x, z) >= gamma
///
/// p(x | model) is the probability of x's label. p(x), over trainings, is the mean of the reference
/// models' with x and without it; offline, where none has seen x,
///
///   p(x) = ((1 + a) p_out(x) + (1 - a)) / 2,
///
/// a line that takes p_in = a p_out + (1 - a). No reference has seen any z, so that p(z) is always
/// this. The paper takes gamma = 2; of two classes a confidence rarely doubles, so that 1 is the
/// default: the share of public records that x beats.
/// Cost: one query for each candidate and each public record.
/// Needs: a released_model, its architecture, candidates, shadow models, public records.
std::unique_ptr<Attack> make_rmia(const RmiaOptions& options);

/// The scores, from the scaled confidences of the target and the references in the candidates and
/// in the public records.
struct RmiaConfidences {
  at::Tensor target;          ///< [candidates] float64
  ShadowConfidences shadows;  ///< in the candidates
  at::Tensor target_public;   ///< [public records] float64
  at::Tensor shadows_public;  ///< [shadows, public records] float64
};
/// Errors: std::invalid_argument if a candidate was in no reference model (online), or out of none.
at::Tensor rmia_scores(const RmiaConfidences& confidences, const RmiaOptions& options);

}  // namespace assay::attacks
