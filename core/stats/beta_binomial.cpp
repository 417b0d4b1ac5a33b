#include "core/stats/beta_binomial.h"

#include <fmt/core.h>

#include <stdexcept>

namespace assay::stats {

void BetaBinomial::validate() const {
  if (n < 0) throw std::invalid_argument(fmt::format("expected n >= 0, got {}", n));
  if (!(p >= 0.0 && p <= 1.0)) {
    throw std::invalid_argument(fmt::format("expected p between 0 and 1, got {}", p));
  }
  if (!(icc >= 0.0 && icc <= 1.0)) {
    throw std::invalid_argument(
        fmt::format("expected an intra-class correlation between 0 and 1, got {}", icc));
  }
}

double beta_binomial_pmf(const BetaBinomial& law, std::int64_t x) {
  law.validate();
  if (x < 0 || x > law.n) return 0.0;
  // Polya's urn, unit by unit, the successes first, with g = icc / (1 - icc):
  //   C(n, x) prod_{i<x} (p + i g) prod_{i<n-x} (1 - p + i g) / prod_{i<n} (1 + i g)
  // Each factor is multiplied by 1 - icc, so that icc = 1 divides by nothing.
  double log_pmf = 0.0;
  for (std::int64_t i = 0; i < law.n; ++i) {
    const double mean = i < x ? law.p : 1.0 - law.p;
    const auto like_it = static_cast<double>(i < x ? i : i - x);  // earlier units of its outcome
    const auto before = static_cast<double>(i);
    const double chance =
        i == 0 ? mean
               : (mean * (1.0 - law.icc) + like_it * law.icc) / (1.0 - law.icc + before * law.icc);
    log_pmf += std::log(chance * (before + 1.0) / (like_it + 1.0));
  }
  return std::exp(log_pmf);
}

}  // namespace assay::stats
