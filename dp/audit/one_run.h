#pragma once

#include <cstdint>

namespace assay::dp {

/// The outcome of an audit in one training run: each of `canaries` was included by a fair coin of
/// its own, and of some of them the auditor guessed the coin.
struct OneRun {
  std::int64_t canaries = 0;
  std::int64_t guesses = 0;  ///< of `canaries`; about the others the auditor kept silent
  std::int64_t correct = 0;  ///< of `guesses`

  /// Errors: std::invalid_argument unless 0 <= correct <= guesses <= canaries.
  void validate() const;
};

/// The chance, at most, of so many correct guesses if the training is (epsilon, delta)-private:
/// "Privacy Auditing with One (1) Training Run" (Steinke, Nasr, Jagielski, NeurIPS 2023,
/// arXiv:2305.08846, theorem 5.2). With m canaries, r guesses, v of them correct, and
/// beta(k) = P[Binomial(r, e^eps / (1 + e^eps)) >= k],
///
///   p = beta(v) + 2 m delta max_{1 <= i <= v} (beta(v - i) - beta(v)) / i,  at most 1.
///
/// Cost: v logarithms. Errors: std::invalid_argument.
double one_run_p_value(const OneRun& counts, double epsilon, double delta);

/// The largest epsilon that is refuted at level alpha, to 1e-6 from below; 0 if none is. A lower
/// bound that holds with probability 1 - alpha if how many to guess was decided without looking at
/// the coins; else give each choice its share of alpha. It cannot exceed what guessing all
/// `guesses` right shows.
double one_run_epsilon(const OneRun& counts, double delta, double alpha);

}  // namespace assay::dp
