#include <map>

#include "core/stats/clopper_pearson.h"
#include "core/stats/summary.h"
#include "core/stats/t_interval.h"
#include "scenarios/results/results.h"

namespace assay::scenarios {
namespace {

constexpr double kConfidence = 0.95;

stats::Rate count(const std::vector<UnitValue>& units) {
  stats::Rate rate;
  for (const auto& unit : units) {
    ++rate.n;
    rate.successes += unit.value > 0.5 ? 1 : 0;
  }
  return rate;
}

std::map<std::int64_t, std::vector<UnitValue>> by_seed(const std::vector<UnitValue>& units) {
  std::map<std::int64_t, std::vector<UnitValue>> out;
  for (const auto& unit : units)
    out[unit.seed].push_back(unit);
  return out;
}

std::vector<double> values_of(const std::vector<UnitValue>& units) {
  std::vector<double> values;
  for (const auto& unit : units)
    values.push_back(unit.value);
  return values;
}

void fill(Estimate& estimate, const std::optional<stats::Interval>& interval, const char* method) {
  estimate.interval = interval ? method : "none";
  if (!interval) return;
  estimate.lo = interval->lo;
  estimate.hi = interval->hi;
}

}  // namespace

Estimate estimate_of(const std::vector<UnitValue>& units, Design design) {
  Estimate estimate;
  estimate.n = static_cast<std::int64_t>(units.size());
  estimate.interval = "none";
  if (units.empty()) return estimate;
  const auto seeds = by_seed(units);
  switch (design) {
    case Design::independent_binary: {
      const auto rate = count(units);
      estimate.value = static_cast<double>(rate.successes) / static_cast<double>(rate.n);
      fill(estimate, stats::clopper_pearson(rate.successes, rate.n, kConfidence),
           "clopper_pearson");
      break;
    }
    case Design::independent: {
      const auto values = values_of(units);
      estimate.value = stats::mean(values);
      fill(estimate, stats::t_interval(values, kConfidence), "t_units");
      break;
    }
    case Design::clustered_binary: {
      std::vector<stats::SeedRate> rates;
      for (const auto& [seed, own] : seeds)
        rates.push_back(count(own));
      estimate.value = stats::mean_seed_rate(rates);
      fill(estimate, stats::t_interval_on_seed_rates(rates, kConfidence), "t_seeds_logit");
      break;
    }
    case Design::clustered: {
      std::vector<double> means;
      for (const auto& [seed, own] : seeds)
        means.push_back(stats::mean(values_of(own)));
      estimate.value = stats::mean(means);
      fill(estimate, stats::t_interval(means, kConfidence), "t_seeds");
      break;
    }
    case Design::counted: {
      estimate.value = stats::mean(values_of(units));
      estimate.lo = estimate.hi = estimate.value;
      estimate.interval = "exact";
      break;
    }
  }
  return estimate;
}

}  // namespace assay::scenarios
