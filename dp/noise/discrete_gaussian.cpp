#include "dp/noise/discrete_gaussian.h"

#include <ATen/ops/empty.h>
#include <fmt/core.h>

#include <cmath>
#include <stdexcept>

#include "dp/noise/discrete_laplace.h"
#include "dp/noise/exact_coin.h"

namespace assay::dp {
namespace {

constexpr std::int64_t kMostNumerator = std::int64_t{1} << 44, kMostDenominator = 1 << 16;
constexpr std::int64_t kGrain = 256;  // variances of at_least() are multiples of its inverse

/// The largest whole number whose square is no more than the fraction.
std::int64_t floor_of_root(std::int64_t numerator, std::int64_t denominator) {
  auto root = static_cast<std::int64_t>(
      std::sqrt(static_cast<double>(numerator) / static_cast<double>(denominator)));
  while (root * root * denominator > numerator)
    --root;
  while ((root + 1) * (root + 1) * denominator <= numerator)
    ++root;
  return root;
}

}  // namespace

DiscreteGaussian::DiscreteGaussian(std::int64_t numerator, std::int64_t denominator)
    : numerator_(numerator), denominator_(denominator) {
  if (numerator < 1 || numerator > kMostNumerator || denominator < 1 ||
      denominator > kMostDenominator) {
    throw std::invalid_argument(fmt::format(
        "discrete Gaussian: expected a variance of 1 to 2^44 over 1 to 2^16, got {} / {}",
        numerator, denominator));
  }
  scale_ = floor_of_root(numerator, denominator) + 1;
}

DiscreteGaussian DiscreteGaussian::at_least(double sigma) {
  if (!(sigma > 0.0 && sigma <= 0x1p18)) {
    throw std::invalid_argument(
        fmt::format("discrete Gaussian: expected sigma above 0 and up to 2^18, got {}", sigma));
  }
  auto numerator = static_cast<std::int64_t>(std::ceil(sigma * sigma * kGrain));
  // sigma^2 may have been rounded down.
  const auto held = [&] {
    return std::sqrt(static_cast<long double>(numerator) / kGrain) >=
           static_cast<long double>(sigma);
  };
  while (!held())
    ++numerator;
  return DiscreteGaussian(numerator, kGrain);
}

double DiscreteGaussian::sigma() const {
  return std::sqrt(static_cast<double>(numerator_) / static_cast<double>(denominator_));
}

// Algorithm 3: a Laplace draw y is kept with the chance exp(-(|y| - sigma^2 / t)^2 / (2 sigma^2)),
// which is exp(-(|y| b t - a)^2 / (2 a b t^2)) for sigma^2 = a / b.
std::int64_t DiscreteGaussian::operator()(Csprng& draws) const {
  const auto a = static_cast<Whole>(numerator_), b = static_cast<Whole>(denominator_),
             t = static_cast<Whole>(scale_);
  const Whole denominator = 2 * a * b * t * t;
  while (true) {
    const auto y = discrete_laplace(draws, scale_);
    const auto scaled = static_cast<Whole>(y < 0 ? -y : y) * b * t;
    const auto distance = scaled > a ? scaled - a : a - scaled;
    if (exp_coin(draws, distance * distance, denominator)) return y;
  }
}

at::Tensor DiscreteGaussian::operator()(Csprng& draws, at::IntArrayRef sizes) const {
  auto out = at::empty(sizes, at::kLong);
  auto* values = out.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    values[i] = (*this)(draws);
  return out;
}

}  // namespace assay::dp
