#pragma once

#include <cstdint>

namespace assay::dp {

/// Mistakes of a test that tells trainings with a canary from trainings without it: every training
/// is a draw of its own, and the test was fixed before it saw these.
struct TwoRun {
  std::int64_t false_negatives = 0, with = 0;     ///< missed, of the trainings with the canary
  std::int64_t false_positives = 0, without = 0;  ///< called out, of those without it

  /// Errors: std::invalid_argument unless the mistakes are among the trainings.
  void validate() const;
};

/// A lower bound on epsilon that holds with probability 1 - alpha, whatever the mechanism. Under
/// (epsilon, delta) a test obeys 1 - FNR <= e^epsilon FPR + delta, and the same with the two
/// mistakes exchanged (Kairouz, Oh, Viswanath, ICML 2015), so that
///
///   epsilon >= max(0, ln((1 - FNR^ - delta) / FPR^), ln((1 - FPR^ - delta) / FNR^)),
///
/// with Clopper-Pearson upper ends at alpha / 2 each. Of several tests or canaries, give each its
/// share of alpha. Errors: std::invalid_argument.
double two_run_epsilon(const TwoRun& counts, double delta, double alpha);

/// The most that so many trainings on each side can show: no mistake at all. An audit that comes
/// near it says more about the number of trainings than about the mechanism.
double two_run_ceiling(std::int64_t trainings, double delta, double alpha);

/// AN ESTIMATE, not a bound: epsilon of the Gaussian mechanism with the least mu that explains the
/// mistakes, mu = Phi^-1(1 - FPR^) - Phi^-1(FNR^) (Nasr et al., USENIX Security 2023,
/// arXiv:2302.07956). It takes the trade-off between mistakes to be a Gaussian's, which it is not
/// under subsampling; there the truth may lie below it. delta > 0.
double two_run_gaussian_estimate(const TwoRun& counts, double delta, double alpha);

}  // namespace assay::dp
