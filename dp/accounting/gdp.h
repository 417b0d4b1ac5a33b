#pragma once

#include "dp/accounting/history.h"

namespace assay::dp {

/// delta of mu-Gaussian differential privacy (Dong, Roth, Su, arXiv 1905.02383, corollary 2.13):
/// Phi(-eps/mu + mu/2) - e^eps Phi(-eps/mu - mu/2). Exact. Errors: std::invalid_argument for mu <
/// 0.
double gdp_delta(double mu, double epsilon);
/// The least epsilon >= 0 whose delta is at most this.
double gdp_epsilon(double mu, double delta);

/// mu of a history in the limit of many releases with small rates (Bu, Dong, Long, Su, arXiv
/// 1911.11607): mu^2 = sum of T q^2 (e^(1/sigma^2) - 1), and T / sigma^2 for full batches, which is
/// exact. AN ESTIMATE, often below the truth: never a bound, never for a claim.
/// Errors: std::invalid_argument for samplings without such a limit.
double gdp_limit(const History& history);

}  // namespace assay::dp
