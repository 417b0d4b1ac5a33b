#include "scenarios/plan/power.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/data/corpus.h"
#include "core/stats/beta_binomial.h"
#include "core/stats/clopper_pearson.h"
#include "core/stats/power.h"
#include "core/stats/t_interval.h"
#include "scenarios/gate/compare.h"
#include "scenarios/registry.h"

namespace assay::scenarios {
namespace {

constexpr double kConfidence = 0.95, kIcc = 0.1;
constexpr int kDraws = 1000;

double null_upper_end(const UnitDesign& d) {
  const auto hits = std::llround(d.null_rate * static_cast<double>(d.units_per_seed));
  if (d.independent) return stats::clopper_pearson(hits * d.seeds, d.units_per_seed * d.seeds, kConfidence).hi;
  const std::vector<stats::SeedRate> rates(static_cast<std::size_t>(d.seeds), {hits, d.units_per_seed});
  const auto interval = stats::t_interval_on_seed_rates(rates, kConfidence);
  return interval ? interval->hi : 1.0;
}

/// A row as a run with the rate `rate` would draw it.
Row drawn(const UnitDesign& d, std::int64_t seeds, double rate, std::mt19937_64& generator) {
  Row row;
  row.design = d.independent ? Design::independent_binary : Design::clustered_binary;
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    const double own = d.independent ? rate : stats::draw_cluster_rate({d.units_per_seed, rate, kIcc}, generator);
    std::bernoulli_distribution hit(std::clamp(own, 0.0, 1.0));
    for (std::int64_t unit = 0; unit < d.units_per_seed; ++unit) {
      row.units.push_back({seed, std::to_string(unit), hit(generator) ? 1.0 : 0.0});
    }
  }
  return row;
}

}  // namespace

UnitDesign design_of(const Spec& spec, const AttackSection& attack, const std::string& metric, std::int64_t seeds) {
  const auto& facts = attack_facts(attack);
  UnitDesign d;
  d.seeds = seeds;
  for (const auto& known : facts.metrics) {
    if (known.id == metric) d.binary = known.aggregate == Aggregate::rate;
  }
  if (facts.on_updates) {
    const auto& probe = spec.probe(attack.probe);
    d.independent = probe.fresh_model;
    d.binary = d.binary && probe.batch == 1;
    d.units_per_seed = probe.victims * static_cast<std::int64_t>(probe.steps.size());
  } else {
    for (const auto& corpus : list_corpora()) {
      if (corpus.name == spec.data.name) d.units_per_seed = attacked_classes(attack, corpus.classes);
    }
    d.null_rate = 1.0 / static_cast<double>(d.units_per_seed);  // a guess
  }
  return d;
}

std::optional<double> control_power(const Spec& spec, const ControlSection& control, double expect, std::int64_t seeds) {
  const auto count = seeds > 0 ? seeds : static_cast<std::int64_t>(spec.repeats.seeds.size());
  const auto d = design_of(spec, spec.attack(control.attack), control.metric, count);
  if (!d.binary) return std::nullopt;
  const stats::RateTarget target{control.at_least, null_upper_end(d), kConfidence};
  if (d.independent) return stats::rate_bound_power(expect, d.units_per_seed * d.seeds, target);
  return stats::clustered_rate_bound_power(expect, {d.seeds, d.units_per_seed, kIcc}, target);
}

std::optional<double> gate_power(const Spec& spec, const UnitDesign& d, const MetricSection& metric, double rate) {
  if (!d.binary || metric.kind != MetricSection::Kind::statistical) return std::nullopt;
  const auto baseline_seeds = std::max(d.seeds, spec.repeats.max);
  const double alpha = spec.gate.alpha / (spec.repeats.max > d.seeds ? 2.0 : 1.0);
  std::mt19937_64 generator(20240607);
  int passed = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto before = drawn(d, baseline_seeds, rate, generator), after = drawn(d, d.seeds, rate, generator);
    const auto verdict = compare_rows(before, after, metric.worse == MetricSection::Worse::higher, metric.tolerance,
                                      /*equal_environments=*/true, alpha);
    passed += verdict.upper && *verdict.upper <= metric.tolerance + 1e-12 ? 1 : 0;
  }
  return static_cast<double>(passed) / kDraws;
}

}  // namespace assay::scenarios
