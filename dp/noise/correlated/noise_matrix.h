#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace assay::dp {

/// How often, and how far apart, one record can take part in a run whose batches are fixed.
struct Participation {
  std::int64_t steps = 1;       ///< of the run
  std::int64_t separation = 1;  ///< steps from taking part to taking part again

  /// At most.
  std::int64_t times() const { return (steps + separation - 1) / separation; }
  /// Errors: std::invalid_argument unless both are at least 1.
  void validate() const;
};

/// Turns fresh draws into the noise of one step after another. It is linear: filtered shares of
/// several ranks add up to the filtered sum of the shares.
class NoiseFilter {
 public:
  /// One more draw: independent, of one shape, of one law.
  using Fresh = std::function<at::Tensor()>;

  virtual ~NoiseFilter() = default;
  /// The noise of the next step.
  virtual at::Tensor next(const Fresh& fresh) = 0;
  /// At the same step as this one, which stays there.
  virtual std::unique_ptr<NoiseFilter> clone() const = 0;
};

/// A factorisation A = B C of a training's prefix sums (Denisov et al., arXiv 2202.08312). Whoever
/// sees all that the steps release sees a function of C x + z, for the steps' clipped sums x and
/// white noise z: one Gaussian release, of which what is released at each step is
///
///   x_t + (noise of step t),   the noise being what a NoiseFilter makes of z.
///
/// Sums of many steps carry far less noise than with noise of their own, since later noise takes
/// back some of what earlier noise did.
class NoiseMatrix {
 public:
  virtual ~NoiseMatrix() = default;

  /// By how much one record moves C x in L2 norm at most, if it moves the sum of each step that it
  /// takes part in by 1 at most. Errors: std::invalid_argument.
  virtual double sensitivity(const Participation& participation) const = 0;
  /// Standard deviation of the noise at each of a run's steps, of draws with 1.
  virtual std::vector<double> stddevs(std::int64_t steps) const = 0;
  /// Of the noise in the sum of the steps up to each. With noise drawn anew: 1, sqrt 2, sqrt 3, ...
  virtual std::vector<double> prefix_stddevs(std::int64_t steps) const = 0;
  /// At step 0. A run that is begun again begins with another one.
  virtual std::unique_ptr<NoiseFilter> filter() const = 0;
};

double root_mean_square(const std::vector<double>& numbers);

}  // namespace assay::dp
