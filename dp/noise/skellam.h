#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random/csprng.h"

namespace assay::dp {

/// The symmetric Skellam law on the integers: the difference of two independent Poisson draws of
/// mean mu / 2 each. Its variance is mu, and the chance of k is e^-mu I_|k|(mu), I the modified
/// Bessel function.
///
/// It is closed under addition: shares of the variance that several ranks draw make up exactly the
/// Skellam law of their sum, which discrete Gaussian draws do not (Agarwal, Kairouz, Liu, arXiv
/// 2110.04995). Its Renyi divergence is in accounting/skellam_divergence.h.
///
/// Drawn by rejection from the discrete Laplace law, which is exact, with one evaluation of the
/// chance in extended precision (64 bits of mantissa, by a series in which nothing cancels). So the
/// chance of every k up to 64 standard deviations is right to a factor e^(+-2^-50), and what lies
/// beyond has a mass below e^-2000: d draws add d 2^-49 at most to a privacy loss. Two Poisson
/// draws by transformed rejection in double precision (Boost's) would decide by logarithms that are
/// off by 2^-17 at a mean of 2^35. How long a draw takes depends on the noise, and not on what it
/// hides.
class Skellam {
 public:
  static constexpr double kLeastVariance = 4096.0;  ///< 2^12: below, the series is too short

  /// Errors: std::invalid_argument unless 2^12 <= variance <= 2^48.
  explicit Skellam(double variance);
  /// Of a standard deviation that is no less than sigma, and larger by 2^-50 of it at most.
  static Skellam at_least(double sigma);

  std::int64_t operator()(Csprng& draws) const;
  /// Independent draws, int64.
  at::Tensor operator()(Csprng& draws, at::IntArrayRef sizes) const;

  double variance() const { return variance_; }
  /// ln(P[k] / P[0]), to 2^-50 within 64 standard deviations.
  long double log_ratio(std::int64_t k) const;

 private:
  double variance_;
  std::int64_t scale_;   ///< of the Laplace law that is drawn from
  long double at_zero_;  ///< of Debye's series, ln at k = 0
  long double peak_;     ///< the largest ln(P[k] / P[0]) + |k| / scale
};

}  // namespace assay::dp
