#pragma once

#include <limits>

#include "dp/noise/correlated/noise_matrix.h"

namespace assay::dp {

/// DP-FTRL's tree (Kairouz et al., arXiv 2103.00039): step t is leaf t, C x are the sums under all
/// nodes that are complete, each with a draw of its own. A node's sum is estimated from its own
/// noisy value and from its children's estimates, weighted by their variances (Honaker, 2015), as
/// far as steps have been taken; a prefix sum is that of the complete nodes it is made of. What a
/// step releases is the difference of two prefix sums: noise that is correlated over steps.
///
/// Sensitivity: a record in leaves of the same node moves it as often as it takes part, which is
/// dear where it does so many times. Trees that are begun anew every so many steps bound that: no
/// node spans two of them, and what noise a finished one left stays in all later sums
/// (appendix D there).
///
/// Memory: log2(steps) + 2 steps' noise. Cost of a step: two draws on average.
class BinaryTree final : public NoiseMatrix {
 public:
  /// One tree for all steps.
  BinaryTree() = default;
  /// A new one every `restart_every` steps. Errors: std::invalid_argument if that is below 1.
  explicit BinaryTree(std::int64_t restart_every);

  /// Restarts with the least sensitivity times root mean square of the noise in a run's prefix
  /// sums, among powers of two, those times `separation`, and no restart. Cost: for each of
  /// these some 2 log2(steps), a sensitivity's.
  static BinaryTree least_error(const Participation& participation);

  std::int64_t restart_every() const { return restart_every_; }

  /// Of the nodes that are complete after so many steps, exactly; the worst of all first steps.
  /// Cost: steps x log2(steps).
  double sensitivity(const Participation& participation) const override;
  std::vector<double> stddevs(std::int64_t steps) const override;
  std::vector<double> prefix_stddevs(std::int64_t steps) const override;
  std::unique_ptr<NoiseFilter> filter() const override;

 private:
  std::int64_t restart_every_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace assay::dp
