#include "core/stats/t_interval.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/stats/clopper_pearson.h"
#include "core/stats/distributions.h"
#include "core/stats/summary.h"

namespace assay::stats {
namespace {

std::vector<double> rates(std::span<const SeedRate> seeds) {
  std::vector<double> out;
  for (const auto& seed : seeds) {
    require_rate(seed);
    if (seed.n == 0) throw std::invalid_argument("expected units in every seed, got a seed of 0");
    out.push_back(static_cast<double>(seed.successes) / static_cast<double>(seed.n));
  }
  return out;
}

double logit(double p) {
  return std::log(p / (1.0 - p));
}
double expit(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
}

}  // namespace

std::optional<Interval> t_interval(std::span<const double> values, double confidence) {
  require_confidence(confidence);
  if (values.size() < 2) return std::nullopt;
  const double centre = mean(values);
  const double spread = sample_sd(values);
  if (spread == 0.0) return Interval{centre, centre};
  const auto k = static_cast<double>(values.size());
  const double half = t_quantile(0.5 + confidence / 2.0, k - 1.0) * spread / std::sqrt(k);
  return Interval{centre - half, centre + half};
}

double mean_seed_rate(std::span<const SeedRate> seeds) {
  return mean(rates(seeds));
}

std::optional<Interval> t_interval_on_seed_rates(std::span<const SeedRate> seeds,
                                                 double confidence) {
  require_confidence(confidence);
  const auto seed_rates = rates(seeds);
  if (seeds.size() < 2) return std::nullopt;
  const auto k = static_cast<double>(seeds.size());
  const double r = mean(seed_rates);
  double n = 0.0;
  std::int64_t with_success = 0, with_failure = 0;
  for (const auto& seed : seeds) {
    n += static_cast<double>(seed.n);
    if (seed.successes > 0) ++with_success;
    if (seed.successes < seed.n) ++with_failure;
  }

  Interval out = hull({r, r}, clopper_pearson_effective(r * n, n, confidence));
  if (with_success > 0 && with_failure > 0) {
    const double smoothed = (r * n + 0.5) / (n + 1.0);
    const double se = sample_sd(seed_rates) / std::sqrt(k);
    const double half =
        t_quantile(0.5 + confidence / 2.0, k - 1.0) * se / (smoothed * (1.0 - smoothed));
    out = hull(out, {expit(logit(smoothed) - half), expit(logit(smoothed) + half)});
  }
  if (std::min(with_success, with_failure) < kSeedsThatShowIcc) {
    const double effective = n / (1.0 + (n / k - 1.0) * kAssumedIcc);
    out = hull(out, clopper_pearson_effective(r * effective, effective, confidence));
  }
  return out;
}

}  // namespace assay::stats
