#pragma once

#include <cstdint>

namespace assay::stats {

/// What a control or a row has to show: the lower end of its two-sided interval at `confidence`
/// reaches `at_least` and lies above `null_hi`, the upper end of its null.
struct RateTarget {
  double at_least = 0.0;
  double null_hi = 0.0;
  double confidence = 0.95;  ///< two-sided, as the interval

  /// Errors: std::invalid_argument with what was expected.
  void validate() const;
  bool met_by(double lower_end) const { return lower_end >= at_least && lower_end > null_hi; }
};

/// The exact chance that the Clopper-Pearson interval of a rate over n independent units meets the
/// target when the true rate is p.
double rate_bound_power(double p, std::int64_t n, const RateTarget& target);

/// The same for the arguments one by one.
double rate_bound_power(double p, std::int64_t n, double at_least, double null_hi,
                        double confidence);

/// Units clustered under seeds: what a row over trained models measures.
struct ClusteredDesign {
  std::int64_t seeds = 0;
  std::int64_t units = 0;  ///< per seed
  double icc = 0.0;        ///< intra-class correlation of a seed's units, in [0, 1]
};

/// How a Monte Carlo estimate is drawn. The same numbers give the same estimate.
struct MonteCarlo {
  std::int64_t draws = 4000;  ///< standard error at most 0.5 / sqrt(draws): 0.008
  std::uint64_t stream = 1;
};

/// The chance, by Monte Carlo, that t_interval_on_seed_rates meets the target when the true rate is
/// p and the seeds are beta-binomial. Fewer than two seeds have no interval and never meet it.
/// Cost: draws x seeds beta-binomial draws; about 10 ms per thousand draws of 5 seeds.
/// Errors: std::invalid_argument for a design without seeds, units or draws.
double clustered_rate_bound_power(double p, const ClusteredDesign& design, const RateTarget& target,
                                  const MonteCarlo& how = {});

}  // namespace assay::stats
