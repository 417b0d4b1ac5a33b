#pragma once

#include <cstdint>
#include <vector>

namespace assay::dp {

/// A game that is played many times, each with a training of its own: was the canary in it? Guesses
/// are made by a rule that was fixed before these games.
struct GameCounts {
  std::int64_t with = 0, missed = 0;           ///< games with the canary; of them "no" was said
  std::int64_t without = 0, false_alarms = 0;  ///< games without; of them "yes" was said

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// A lower bound on epsilon that holds with confidence 1 - alpha, whatever the mechanism:
/// every (epsilon, delta)-private one has 1 - FNR <= e^epsilon FPR + delta, and the same with the
/// worlds swapped (Kairouz, Oh, Viswanath 2015). With Clopper-Pearson upper bounds of both rates,
/// each at alpha / 2,
///
///   epsilon >= max( ln((1 - FNR - delta) / FPR), ln((1 - FPR - delta) / FNR) ), at least 0
///
/// (Jagielski, Ullman, Oprea, NeurIPS 2020). Several audits of one claim: divide alpha by their
/// number. Errors: std::invalid_argument unless 0 <= delta < 1 and 0 < alpha < 1.
double two_run_epsilon(const GameCounts& counts, double delta, double alpha);

/// The most that an audit of so many games of each kind can show: no guess wrong. A lower bound
/// near it says that the audit was too small, not that the mechanism is private.
double two_run_ceiling(std::int64_t games, double delta, double alpha);

/// The threshold for "yes" that shows most on scores of games that are played for this alone:
/// two_run_epsilon of other games, with this rule, is then sound.
double best_threshold(const std::vector<double>& with, const std::vector<double>& without,
                      double delta, double alpha);
GameCounts count_games(const std::vector<double>& with, const std::vector<double>& without,
                       double threshold);

/// An estimate, and no bound: the epsilon at delta of the Gaussian mechanism that errs as often
/// (Nasr et al., arXiv 2302.07956). Tighter where the mechanism is near a Gaussian; wrong in either
/// direction where it is not, as under subsampling. Never beside a claim without these words.
double gdp_epsilon_estimate(const GameCounts& counts, double delta, double alpha);

}  // namespace assay::dp
