#pragma once

#include <vector>

#include "dp/noise/correlated/noise_matrix.h"

namespace assay::dp {

/// C lower triangular with the same `bands` numbers c_0, c_1, ... down every column, whose norm is
/// 1. The noise is C^-1 z:
///
///   n_t = (z_t - c_1 n_(t-1) - ... - c_(b-1) n_(t-b+1)) / c_0.
///
/// Records that take part at most once in any `bands` consecutive steps find k orthogonal columns:
/// sensitivity sqrt(k) (Choquette-Choo et al., arXiv 2306.08153). One band is noise drawn anew.
/// Memory: bands - 1 steps' noise. Cost of a step: bands - 1 passes over its noise.
class BandedToeplitz final : public NoiseMatrix {
 public:
  /// Coefficients are scaled to norm 1. Errors: std::invalid_argument unless all are finite and the
  /// first is above 0.
  explicit BandedToeplitz(std::vector<double> coefficients);

  /// Those of the square root of the prefix sums' matrix, binomial(2j, j) / 4^j, cut off (Kalinin
  /// and Lampert, arXiv 2405.13763): close to the best where there are many bands.
  static BandedToeplitz square_root(std::int64_t bands);
  /// Those with the least mean square of the noise in a run's prefix sums; no more bands than steps
  /// are used. Cost: some dozen passes of steps x bands operations.
  static BandedToeplitz least_error(std::int64_t bands, std::int64_t steps);

  const std::vector<double>& coefficients() const { return coefficients_; }

  /// Of columns in full: for the last ones of a run, which end early, this is more than they have.
  double sensitivity(const Participation& participation) const override;
  std::vector<double> stddevs(std::int64_t steps) const override;
  std::vector<double> prefix_stddevs(std::int64_t steps) const override;
  std::unique_ptr<NoiseFilter> filter() const override;

 private:
  std::vector<double> coefficients_;
};

}  // namespace assay::dp
