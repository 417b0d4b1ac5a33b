#include "dp/noise/skellam.h"

#include <ATen/ops/empty.h>
#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "dp/noise/discrete_laplace.h"
#include "dp/noise/exact_coin.h"

namespace assay::dp {
namespace {

using Real = long double;
static_assert(std::numeric_limits<Real>::digits >= 64, "the chances need extended precision");

constexpr double kMostVariance = 0x1p48;

/// x asinh(x) - sqrt(1 + x^2) + 1, the integral of asinh from 0 to x: by its power series where the
/// terms of the closed form cancel.
Real integral_of_asinh(Real x) {
  const Real square = x * x;
  if (square > 0.25L) return x * std::asinh(x) - std::sqrt(1.0L + square) + 1.0L;
  Real power = square, central = 1.0L, sum = 0.0L;  // central: C(2n, n) / 4^n
  for (int n = 0; n < 40; ++n) {
    const Real term = central * power / static_cast<Real>((2 * n + 1) * (2 * n + 2));
    sum += n % 2 == 0 ? term : -term;
    if (term <= sum * 0x1p-70L) break;
    central *= static_cast<Real>(2 * n + 1) / static_cast<Real>(2 * n + 2);
    power *= square;
  }
  return sum;
}

/// ln(1 + x), sooner than the library's where x is small, and as right as numbers of 64 bits are.
Real log_of_one_and(Real x) {
  if (std::abs(x) > 0x1p-16L) return std::log1p(x);
  return x * (1.0L - x * (0.5L - x * ((1.0L / 3.0L) - x * 0.25L)));
}

/// Debye's series of I_k(mu) after its leading term, minus 1 (DLMF 10.41.3 and 10.41.10): in 1 / r,
/// r = sqrt(k^2 + mu^2), with p = k / r. From r = 2^12 on what follows is below 2^-60.
Real debye_terms(Real p_squared, Real r) {
  const Real s = p_squared, inverse = 1.0L / r;
  const Real u1 = (3.0L - 5.0L * s) / 24.0L;
  const Real u2 = (81.0L + s * (-462.0L + s * 385.0L)) / 1152.0L;
  const Real u3 = (30375.0L + s * (-369603.0L + s * (765765.0L - s * 425425.0L))) / 414720.0L;
  const Real u4 = (4465125.0L + s * (-94121676.0L +
                                     s * (349922430.0L + s * (-446185740.0L + s * 185910725.0L)))) /
                  39813120.0L;
  return inverse * (u1 + inverse * (u2 + inverse * (u3 + inverse * u4)));
}

/// True with the probability e^-y, y >= 0, to one part in 2^62: coins of e^-1, and one of 64 bits.
bool decays(Csprng& draws, Real y) {
  while (y >= 1.0L) {
    if (!exp_coin(draws, 1, 1)) return false;
    y -= 1.0L;
  }
  return static_cast<Real>(draws()) < std::exp(-y) * 0x1p64L;
}

}  // namespace

Skellam::Skellam(double variance) : variance_(variance) {
  if (!(variance >= kLeastVariance && variance <= kMostVariance)) {
    throw std::invalid_argument(
        fmt::format("Skellam: expected a variance of 2^12 to 2^48, got {}", variance));
  }
  scale_ = static_cast<std::int64_t>(std::sqrt(variance)) + 1;
  at_zero_ = log_of_one_and(debye_terms(0.0L, static_cast<Real>(variance)));
  // Poisson laws are log-concave, and so is their difference: uphill leads to the only peak. In the
  // limit of large means it lies where asinh(k / mu) = 1 / scale.
  const Real tilt = 1.0L / static_cast<Real>(scale_);
  const auto height = [&](std::int64_t k) { return log_ratio(k) + static_cast<Real>(k) * tilt; };
  auto k = static_cast<std::int64_t>(static_cast<Real>(variance) * std::sinh(tilt));
  while (height(k + 1) > height(k))
    ++k;
  while (k > 0 && height(k - 1) > height(k))
    --k;
  peak_ = height(k);
}

Skellam Skellam::at_least(double sigma) {
  return Skellam(sigma * sigma * (1.0 + 0x1p-51));  // the square may have been rounded down
}

// I_k(mu) = e^(k eta) / sqrt(2 pi r) (1 + ...), where k eta - mu = -mu integral_of_asinh(k / mu).
long double Skellam::log_ratio(std::int64_t k) const {
  const Real mu = variance_, x = std::abs(static_cast<Real>(k)) / mu, square = x * x;
  const Real terms = debye_terms(square / (1.0L + square), mu * std::sqrt(1.0L + square));
  return -mu * integral_of_asinh(x) - 0.25L * log_of_one_and(square) + log_of_one_and(terms) -
         at_zero_;
}

std::int64_t Skellam::operator()(Csprng& draws) const {
  while (true) {
    const auto k = discrete_laplace(draws, scale_);
    const Real size = std::abs(static_cast<Real>(k));
    const Real below_peak = peak_ - (log_ratio(k) + size / static_cast<Real>(scale_));
    if (decays(draws, std::max(0.0L, below_peak))) return k;
  }
}

at::Tensor Skellam::operator()(Csprng& draws, at::IntArrayRef sizes) const {
  auto out = at::empty(sizes, at::kLong);
  auto* values = out.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    values[i] = (*this)(draws);
  return out;
}

}  // namespace assay::dp
