#pragma once

#include <boost/random/binomial_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <cstdint>
#include <random>

namespace assay::stats {

/// Counts of clustered units: n units share a rate that is itself drawn from a beta distribution
/// with mean p, so that two units of a cluster correlate by icc.
///
/// Beta(p s, (1 - p) s) with s = 1 / icc - 1. icc = 0 is the binomial distribution; icc = 1 is all
/// or nothing.
struct BetaBinomial {
  std::int64_t n = 0;  ///< units per cluster
  double p = 0.0;      ///< mean rate, in [0, 1]
  double icc = 0.0;    ///< intra-class correlation, in [0, 1]

  /// Errors: std::invalid_argument with what was expected.
  void validate() const;
};

/// P(X = x); 0 outside {0, ..., n}. Cost: O(n).
double beta_binomial_pmf(const BetaBinomial& law, std::int64_t x);

namespace detail {

/// log of a Gamma(shape, 1) draw. For shapes near 0 the draw itself underflows; its logarithm does
/// not: G(a) is distributed as G(a + 1) U^(1 / a).
template <std::uniform_random_bit_generator Generator>
double log_gamma_draw(double shape, Generator& generator) {
  const double above = boost::random::gamma_distribution<double>(shape + 1.0, 1.0)(generator);
  const double uniform = 1.0 - boost::random::uniform_01<double>()(generator);  // in (0, 1]
  return std::log(above) + std::log(uniform) / shape;
}

}  // namespace detail

/// A rate drawn for one cluster, in [0, 1].
template <std::uniform_random_bit_generator Generator>
double draw_cluster_rate(const BetaBinomial& law, Generator& generator) {
  law.validate();
  if (law.icc < 1e-15 || law.p == 0.0 || law.p == 1.0) return law.p;
  const double s = 1.0 / law.icc - 1.0;
  if (s == 0.0) return boost::random::uniform_01<double>()(generator) < law.p ? 1.0 : 0.0;
  const double x = detail::log_gamma_draw(law.p * s, generator);
  const double y = detail::log_gamma_draw((1.0 - law.p) * s, generator);
  return 1.0 / (1.0 + std::exp(y - x));
}

/// The successes of one cluster.
template <std::uniform_random_bit_generator Generator>
std::int64_t draw_beta_binomial(const BetaBinomial& law, Generator& generator) {
  const double rate = draw_cluster_rate(law, generator);
  if (rate <= 0.0) return 0;
  if (rate >= 1.0) return law.n;
  return boost::random::binomial_distribution<std::int64_t, double>(law.n, rate)(generator);
}

}  // namespace assay::stats
