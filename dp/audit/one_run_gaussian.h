#pragma once

#include "dp/audit/one_run.h"

namespace assay::dp {

/// The audit of OneRun against a Gaussian trade-off curve: "Auditing f-Differential Privacy in One
/// Run" (Mahloujifar, Melis, Chaudhuri, ICML 2025, arXiv:2410.22235, algorithm 3). For a claim of
/// (epsilon, delta) the curve is the Gaussian mechanism's that just has it, of parameter mu. With m
/// canaries, k guesses, v of them correct, start from
///
///   r = alpha v / m,  h = alpha (k - v) / m,
///
/// and for i = v - 1, ..., 0 let h' = max(h, Phi(Phi^-1(r) - mu)), r <- min(1, r + i (h' - h) / (k
/// - i)), h <- h'. The claim is refuted if r + h > k / m.
///
/// It is tighter than one_run_epsilon since it uses the whole curve, and says less: what is
/// refuted is that the mechanism's trade-off is at least a Gaussian's with this (epsilon, delta),
/// not (epsilon, delta) of any mechanism. Cost: v normal quantiles for each claim that is tried.
/// Errors: std::invalid_argument; 0 < delta.
bool one_run_refutes_gaussian(const OneRun& counts, double epsilon, double delta, double alpha);

/// The largest epsilon that is refuted at level alpha so, to 1e-6 from below; 0 if none is.
double one_run_gaussian_epsilon(const OneRun& counts, double delta, double alpha);

}  // namespace assay::dp
