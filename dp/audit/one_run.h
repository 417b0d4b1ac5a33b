#pragma once

#include <cstdint>

namespace assay::dp {

/// One training with many canaries, each put in by a fair coin of its own. An attacker guesses for
/// some of them, and may abstain on the others.
struct OneRunGuesses {
  std::int64_t canaries = 0;  ///< m
  std::int64_t guesses = 0;   ///< r: chosen before the scores were seen, or alpha is divided
  std::int64_t correct = 0;   ///< v

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// How likely so many correct guesses are at most, under any (epsilon, delta)-private training:
///
///   p = beta(v) + 2 m delta max_{1 <= i <= v} (beta(v - i) - beta(v)) / i,
///   beta(k) = P[ Bin(r, e^epsilon / (1 + e^epsilon)) >= k ]
///
/// (Steinke, Nasr, Jagielski, NeurIPS 2023, arXiv 2305.08846, theorem 5.2), at most 1.
/// Cost: O(r). Errors: std::invalid_argument, also unless epsilon >= 0 and 0 <= delta <= 1.
double one_run_p_value(const OneRunGuesses& guesses, double epsilon, double delta);

/// The largest epsilon that the guesses refute at level alpha, to 1e-9; 0 if none: a lower bound
/// with confidence 1 - alpha.
double one_run_epsilon(const OneRunGuesses& guesses, double delta, double alpha);

}  // namespace assay::dp
