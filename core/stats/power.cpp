#include "core/stats/power.h"

#include <fmt/core.h>

#include <random>
#include <stdexcept>
#include <vector>

#include "core/stats/beta_binomial.h"
#include "core/stats/clopper_pearson.h"
#include "core/stats/distributions.h"
#include "core/stats/t_interval.h"

namespace assay::stats {
namespace {

void require_positive(const char* name, std::int64_t value) {
  if (value < 1) {
    throw std::invalid_argument(fmt::format("expected {} >= 1, got {}", name, value));
  }
}

}  // namespace

void RateTarget::validate() const {
  require_confidence(confidence);
  for (const double bound : {at_least, null_hi}) {
    if (!(bound >= 0.0 && bound <= 1.0)) {
      throw std::invalid_argument(
          fmt::format("expected at_least and null_hi between 0 and 1, got {}", bound));
    }
  }
}

double rate_bound_power(double p, std::int64_t n, const RateTarget& target) {
  target.validate();
  if (n < 0) throw std::invalid_argument(fmt::format("expected n >= 0, got {}", n));
  // The lower end grows with the count: the target is met from some count on, or by none (n + 1).
  std::int64_t misses = -1, meets = n + 1;
  while (meets - misses > 1) {
    const auto x = misses + (meets - misses) / 2;
    (target.met_by(clopper_pearson(x, n, target.confidence).lo) ? meets : misses) = x;
  }
  return binomial_upper_tail(meets, n, p);
}

double rate_bound_power(double p, std::int64_t n, double at_least, double null_hi,
                        double confidence) {
  return rate_bound_power(p, n, RateTarget{at_least, null_hi, confidence});
}

double clustered_rate_bound_power(double p, const ClusteredDesign& design, const RateTarget& target,
                                  const MonteCarlo& how) {
  target.validate();
  require_positive("seeds", design.seeds);
  require_positive("units", design.units);
  require_positive("draws", how.draws);
  const BetaBinomial law{.n = design.units, .p = p, .icc = design.icc};
  law.validate();

  std::mt19937_64 generator(how.stream);
  std::vector<SeedRate> seeds(static_cast<std::size_t>(design.seeds));
  std::int64_t met = 0;
  for (std::int64_t draw = 0; draw < how.draws; ++draw) {
    for (auto& seed : seeds) {
      seed = {draw_beta_binomial(law, generator), design.units};
    }
    const auto interval = t_interval_on_seed_rates(seeds, target.confidence);
    if (interval && target.met_by(interval->lo)) ++met;
  }
  return static_cast<double>(met) / static_cast<double>(how.draws);
}

}  // namespace assay::stats
