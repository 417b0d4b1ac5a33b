#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random/csprng.h"

namespace assay::dp {

/// The discrete Gaussian on the integers: the chance of x is proportional to exp(-x^2 / (2
/// sigma^2)).
///
/// Drawn exactly, by whole numbers alone (Canonne, Kamath, Steinke, arXiv 2004.00010, algorithms 1
/// to 3): no floating-point number takes part, so that nothing of the sum that it hides shows in
/// low bits, as with samplers of the continuous law (Mironov 2012). Added to a sum of whole numbers
/// of sensitivity Delta it has the Renyi divergence alpha Delta^2 / (2 sigma^2), as the continuous
/// one (proposition 5 there). How long a draw takes depends on the noise, and not on what it hides.
class DiscreteGaussian {
 public:
  /// The variance is numerator / denominator, a fraction, since it must be exact.
  /// Errors: std::invalid_argument unless the numerator is 1 to 2^44 and the denominator 1 to 2^16.
  explicit DiscreteGaussian(std::int64_t numerator, std::int64_t denominator = 1);
  /// The least variance of the form k / 256 that is sigma^2 or more: never less noise than asked
  /// for. Errors: std::invalid_argument unless 0 < sigma <= 2^18.
  static DiscreteGaussian at_least(double sigma);

  std::int64_t operator()(Csprng& draws) const;
  /// Independent draws, int64.
  at::Tensor operator()(Csprng& draws, at::IntArrayRef sizes) const;

  double sigma() const;

 private:
  std::int64_t numerator_, denominator_;
  std::int64_t scale_;  ///< t = floor(sigma) + 1, of the Laplace law that is drawn from
};

}  // namespace assay::dp
