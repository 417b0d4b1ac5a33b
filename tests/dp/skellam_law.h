#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace assay::dp {

/// P[k] of the Skellam law of variance mu for k = 0 ... reach, from the recurrence of its Bessel
/// functions downwards, which is stable: P[k-1] = P[k+1] + (2 k / mu) P[k], and all of them, on
/// both sides, sum to 1. `reach` must be many standard deviations.
inline std::vector<long double> skellam_masses(double mu, std::int64_t reach) {
  const auto size = static_cast<std::size_t>(reach) + 1;
  std::vector<long double> mass(size);
  long double above = 0.0L, here = 1e-4900L;
  for (std::int64_t k = reach + reach / 8 + 20; k >= 0; --k) {
    if (k <= reach) mass[static_cast<std::size_t>(k)] = here;
    const long double below = above + 2.0L * static_cast<long double>(k) / mu * here;
    above = here;
    here = below;
  }
  long double sum = 0.0L;
  for (std::size_t k = size; k-- > 1;)
    sum += 2.0L * mass[k];
  sum += mass[0];
  for (auto& m : mass)
    m /= sum;
  return mass;
}

}  // namespace assay::dp
