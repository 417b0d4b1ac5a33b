#include "dp/noise/sum_noise.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/round.h>
#include <fmt/core.h>

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <stdexcept>

#include "dp/noise/discrete_gaussian.h"
#include "dp/noise/skellam.h"

namespace assay::dp {
namespace {

constexpr double kMostSteps = 262144;  // 2^18, of the discrete sampler
constexpr double kLeastSteps = 64;     // of one rank's discrete noise
constexpr int kFinestGrid = 20;        // C / 2^20: finer ones buy nothing

/// One record moves the rounded sum by so many steps at most.
double steps_of_a_record(const SumNoiseOptions& o, double grid) {
  return o.sensitivity / grid + std::sqrt(static_cast<double>(o.coordinates));
}

double noise_steps(const SumNoiseOptions& o, double grid) {
  return o.noise_multiplier * steps_of_a_record(o, grid);
}

double choose_grid(const SumNoiseOptions& o) {
  for (int k = kFinestGrid; k >= 0; --k) {
    const double grid = std::ldexp(o.sensitivity, -k);
    if (o.noise_multiplier == 0.0) return grid;
    if (noise_steps(o, grid) > kMostSteps) continue;
    if (o.share > 0.0 && noise_steps(o, grid) * std::sqrt(o.share) < kLeastSteps) break;
    return grid;
  }
  throw std::invalid_argument(
      fmt::format("discrete noise: expected {} to {} steps of a grid, which noise multiplier {} on "
                  "{} coordinates leaves none for",
                  kLeastSteps, kMostSteps, o.noise_multiplier, o.coordinates));
}

}  // namespace

std::string to_string(NoiseLaw law) {
  switch (law) {
    case NoiseLaw::gaussian:
      return "gaussian";
    case NoiseLaw::hardened_gaussian:
      return "hardened_gaussian";
    case NoiseLaw::discrete_gaussian:
      return "discrete_gaussian";
    case NoiseLaw::skellam:
      return "skellam";
  }
  throw std::logic_error("unreachable noise law");
}

bool in_whole_numbers(NoiseLaw law) {
  return law == NoiseLaw::discrete_gaussian || law == NoiseLaw::skellam;
}

void SumNoiseOptions::validate() const {
  if (!(noise_multiplier >= 0.0) || !std::isfinite(noise_multiplier)) {
    throw std::invalid_argument(
        fmt::format("expected a noise multiplier of 0 or more, got {}", noise_multiplier));
  }
  if (!(sensitivity > 0.0) || !std::isfinite(sensitivity))
    throw std::invalid_argument(fmt::format("expected a sensitivity above 0, got {}", sensitivity));
  if (!(share >= 0.0 && share <= 1.0))
    throw std::invalid_argument(fmt::format("expected a share of 0 to 1, got {}", share));
  if (coordinates < 1)
    throw std::invalid_argument(fmt::format("expected coordinates, got {}", coordinates));
}

SumNoise::SumNoise(const SumNoiseOptions& options) : options_(options) {
  options_.validate();
  if (in_whole_numbers(options_.law)) grid_ = choose_grid(options_);
}

double SumNoise::stddev() const {
  if (in_whole_numbers(options_.law)) return noise_steps(options_, grid_) * grid_;
  return options_.noise_multiplier * options_.sensitivity;
}

at::Tensor SumNoise::seal(const at::Tensor& sum, Csprng& noise) const {
  if (in_whole_numbers(options_.law)) return discrete(sum, noise);
  if (options_.noise_multiplier == 0.0 || options_.share == 0.0) return sum.to(at::kFloat);
  return add(sum, draw(sum.sizes(), noise));
}

at::Tensor SumNoise::draw(at::IntArrayRef shape, Csprng& noise) const {
  require_gaussian();
  const double stddev_here = stddev() * std::sqrt(options_.share);
  if (options_.law == NoiseLaw::gaussian) return noise.normal(shape, stddev_here);
  auto out = at::empty(shape, at::kDouble);
  boost::random::normal_distribution<double> gaussian(0.0, stddev_here);
  auto* values = out.mutable_data_ptr<double>();
  std::generate_n(values, out.numel(), [&] { return gaussian(noise); });
  return out;
}

at::Tensor SumNoise::add(const at::Tensor& sum, const at::Tensor& drawn) const {
  require_gaussian();
  if (options_.law == NoiseLaw::gaussian) return sum.to(at::kFloat) + drawn;
  const double stddev_here = stddev() * std::sqrt(options_.share);
  const double grid = std::ldexp(1.0, std::ilogb(stddev_here) - 20), inverse = 1.0 / grid;
  const auto exact = sum.to(at::kDouble).contiguous(), noise = drawn.contiguous();
  auto out = at::empty(sum.sizes(), at::kFloat);
  const auto* values = exact.const_data_ptr<double>();
  const auto* draws = noise.const_data_ptr<double>();
  auto* sealed = out.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < exact.numel(); ++i)
    sealed[i] = static_cast<float>(std::nearbyint((values[i] + draws[i]) * inverse) * grid);
  return out;
}

void SumNoise::require_gaussian() const {
  if (options_.law != NoiseLaw::gaussian && options_.law != NoiseLaw::hardened_gaussian) {
    throw std::invalid_argument(
        fmt::format("expected Gaussian noise where it is correlated over steps, got {}",
                    to_string(options_.law)));
  }
}

at::Tensor SumNoise::rounded(const at::Tensor& sum) const {
  if (!in_whole_numbers(options_.law)) return sum.to(at::kFloat);
  return at::round(sum.to(at::kDouble) / grid_).to(at::kLong);
}

at::Tensor SumNoise::discrete(const at::Tensor& sum, Csprng& noise) const {
  const auto steps = rounded(sum);
  if (options_.noise_multiplier == 0.0 || options_.share == 0.0) return steps;
  const double stddev_here = noise_steps(options_, grid_) * std::sqrt(options_.share);
  if (options_.law == NoiseLaw::skellam)
    return steps + Skellam::at_least(stddev_here)(noise, steps.sizes());
  return steps + DiscreteGaussian::at_least(stddev_here)(noise, steps.sizes());
}

StepSensitivity SumNoise::step_sensitivity() const {
  if (!in_whole_numbers(options_.law))
    throw std::logic_error("expected a discrete law, whose sums are whole numbers");
  const double l2 = steps_of_a_record(options_, grid_);
  return {.l2 = l2,
          .l1 = std::min(l2 * l2, std::sqrt(static_cast<double>(options_.coordinates)) * l2)};
}

at::Tensor SumNoise::open(const at::Tensor& total) const {
  if (!in_whole_numbers(options_.law)) return total;
  return (total.to(at::kDouble) * grid_).to(at::kFloat);
}

}  // namespace assay::dp
