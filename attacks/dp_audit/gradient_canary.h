#pragma once

#include <memory>

#include "attacks/dp_audit/options.h"
#include "core/attack.h"

namespace assay::attacks {

/// Guesses which gradient canaries were trained on, from the model of every step: the white-box
/// audit of "Tight Auditing of Differentially Private Machine Learning" (Nasr et al.,
/// arXiv:2302.07956) and Steinke, Nasr, Jagielski (arXiv:2305.08846), with Dirac canaries: each
/// points along one coordinate of its own.
///
/// Two models in a row give the sum that lay between them, s_t: the optimiser is public. With
/// x_ti the number of s_t at canary i's coordinate over what a canary adds (the clip norm, or its
/// own norm if that is less), sampling rate q, and sigma_t the noise that is seen in all
/// coordinates (the median of |x_t| over 0.6745), the score is the likelihood ratio of "in" and
/// "out":
///
///   score_i = sum_t ln(1 - q + q exp((x_ti - 1/2) / sigma_t^2)).
///
/// Where q is at most 1/4, a canary whose coordinate has a median over the steps of more than three
/// standard errors scores 0: other records pull there. Where the system's description tells who was
/// drawn, the sum is over those steps alone, with q = 1.
///
/// An auditor who is a worker knows the noise n_t that it drew (own_update). It takes as much of
/// that out of the sum as there is in it, s_t - (<s_t, n_t> / <n_t, n_t>) n_t: once if all is well,
/// n times if all n workers drew the same.
///
/// Cost: T passes over the parameters. Needs: released_model, its architecture, the
/// hyperparameters (plain SGD, also with momentum), candidates.
std::unique_ptr<Attack> make_gradient_canary(const AuditOptions& options);

}  // namespace assay::attacks
