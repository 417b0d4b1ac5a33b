#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/random/csprng.h"
#include "dp/accounting/mechanism.h"

namespace assay::dp {

/// What is added to a sum of clipped gradients.
enum class NoiseLaw {
  /// Float32 draws added to float32 sums: the law of the accountant as far as floating-point
  /// numbers go. Low bits of what comes out may tell about the sum (Mironov, CCS 2012).
  gaussian,
  /// Float64 draws, added in float64, and the result rounded to a grid of 2^-20 to 2^-21 of the
  /// noise's standard deviation. Between two points of the grid lie some 2^30 values that the noise
  /// can take, so that the holes and the unequal spacing of floating-point draws, which such
  /// attacks read, do not reach what is released. A defence, not a proof: the law is continuous,
  /// and computed with rounding.
  hardened_gaussian,
  /// Sums rounded to whole numbers of a grid, and discrete Gaussian noise, exact
  /// (discrete_gaussian.h): nothing that is released was a floating-point number. Sums of ranks are
  /// sums of whole numbers, the same bits by every algorithm.
  discrete_gaussian,
  /// The same whole numbers with Skellam noise (skellam.h), of which the shares of ranks make up
  /// exactly what one rank would have drawn.
  skellam,
};

std::string to_string(NoiseLaw law);
/// Whether sums and noise are whole numbers of a grid, int64: the discrete laws.
bool in_whole_numbers(NoiseLaw law);

struct SumNoiseOptions {
  NoiseLaw law = NoiseLaw::hardened_gaussian;
  double noise_multiplier = 0.0;  ///< sigma of the whole sum; 0: no noise
  double sensitivity = 1.0;       ///< by how much one record moves the sum, L2: C
  /// Of the variance, what this rank draws: 1 / n, or all or nothing of it.
  double share = 1.0;
  std::int64_t coordinates = 1;  ///< of the sum

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// What one rank does to its part of a sum before it leaves, and everybody with the total.
///
///   gaussian laws:  s + N(0, share sigma^2 C^2)                       float32
///   discrete:       round(s / g) + N_Z(0, share sigma^2 (C/g + sqrt d)^2)   int64
///   skellam:        round(s / g) + Sk(share sigma^2 (C/g + sqrt d)^2)       int64
///
/// with the grid g the finest power of two times C that keeps the noise below 2^18 steps, and the
/// noise at least 2^6 steps for each rank. Rounding moves each of d coordinates by a step at most,
/// which the noise pays for. The sum of discrete draws of several ranks is within a factor e^(tau
/// d) of the discrete Gaussian of their total variance, with tau = 10 sum_k exp(-2 pi^2 s^2 k / (k
/// + 1)), s the steps of one rank's noise (Kairouz, Liu, Steinke, arXiv 2102.06387, theorem 1): at
/// 2^6 steps or more tau is below 10^-17000.
class SumNoise {
 public:
  /// Errors: std::invalid_argument, also where no grid is left for discrete noise.
  explicit SumNoise(const SumNoiseOptions& options);

  /// sum [coordinates], float32 or float64.
  at::Tensor seal(const at::Tensor& sum, Csprng& noise) const;
  /// Gaussian laws: this rank's draws for a sum, float32, or float64 where the law is hardened, to
  /// be correlated with those of other steps, and then added.
  at::Tensor draw(at::IntArrayRef shape, Csprng& noise) const;
  at::Tensor add(const at::Tensor& sum, const at::Tensor& drawn) const;
  /// A part of the sum without noise, in the form of those that have some.
  at::Tensor rounded(const at::Tensor& sum) const;
  /// Of the sum over all ranks, or of some: the numbers that it stands for, float32.
  at::Tensor open(const at::Tensor& total) const;

  /// Of the total noise of each coordinate, in units of the sum.
  double stddev() const;
  /// Discrete laws: how far one record moves the rounded sum, C/g + sqrt d steps; in the 1-norm at
  /// most the square of that (of whole numbers) and at most sqrt d times that.
  StepSensitivity step_sensitivity() const;

 private:
  at::Tensor discrete(const at::Tensor& sum, Csprng& noise) const;
  void require_gaussian() const;

  SumNoiseOptions options_;
  double grid_ = 0.0;  // discrete
};

}  // namespace assay::dp
