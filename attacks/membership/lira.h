#pragma once

#include "attacks/membership/model_oracle.h"

namespace assay::attacks {

struct LiraOptions {
  std::int64_t shadows = 16;  ///< models, each trained on half of the candidates
  bool online = true;         ///< false: from the shadows that left the candidate out alone
  enum class Variance {
    automatic,    ///< fixed below 64 shadows
    per_example,  ///< of each candidate its own
    fixed,        ///< one for all candidates: with few shadows an own one is mostly noise
  };
  Variance variance = Variance::automatic;

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// The likelihood ratio attack: "Membership Inference Attacks From First Principles" (Carlini et
/// al., IEEE S&P 2022). With phi the scaled confidence in a candidate (confidence.h), normal over
/// trainings with it (in) and without it (out),
///
///   online:   score = ln N(phi; mu_in, s_in^2) - ln N(phi; mu_out, s_out^2)
///   offline:  score = (phi - mu_out) / s_out, which orders as the paper's 1 - Pr[Z > phi]
///
/// mu and s are estimated from the shadow models. In fixed-variance mode s_in^2 is the candidates'
/// pooled variance about their own mu_in, and s_out^2 about their own mu_out: the two differ, since
/// a model that has seen a record varies less about it. (The paper's code takes the spread of all
/// values about one common mean, which counts how candidates differ from one another.)
/// Cost: one query for each candidate of the target and of each shadow.
/// Needs: a released_model, its architecture, candidates, shadow models.
std::unique_ptr<Attack> make_lira(const LiraOptions& options);

/// The scores, from the target's scaled confidences [candidates] and the shadows'.
/// Errors: std::invalid_argument if a candidate was in (or out of) too few shadows: 1, or 2 where a
/// variance is estimated from them.
at::Tensor lira_scores(const at::Tensor& target, const ShadowConfidences& shadows,
                       const LiraOptions& options);

}  // namespace assay::attacks
