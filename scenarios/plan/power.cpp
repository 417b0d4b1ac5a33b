#include "scenarios/plan/power.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "core/data/corpus.h"
#include "core/stats/beta_binomial.h"
#include "core/stats/clopper_pearson.h"
#include "core/stats/power.h"
#include "core/stats/t_interval.h"
#include "scenarios/gate/compare.h"
#include "scenarios/plan/audits.h"
#include "scenarios/plan/membership_power.h"
#include "scenarios/registry.h"

namespace assay::scenarios {
namespace {

constexpr double kConfidence = 0.95, kIcc = 0.1;
constexpr int kDraws = 1000;

double null_upper_end(const UnitDesign& d) {
  if (d.null_rate == 0.0 && d.records > 1) return 0.0;
  const auto hits = std::llround(d.null_rate * static_cast<double>(d.units_per_seed));
  if (d.independent)
    return stats::clopper_pearson(hits * d.seeds, d.units_per_seed * d.seeds, kConfidence).hi;
  const std::vector<stats::SeedRate> rates(static_cast<std::size_t>(d.seeds),
                                           {hits, d.units_per_seed});
  const auto interval = stats::t_interval_on_seed_rates(rates, kConfidence);
  return interval ? interval->hi : 1.0;
}

/// A row as a run with the rate `rate` would draw it.
Row drawn(const UnitDesign& d, std::int64_t seeds, double rate, std::mt19937_64& generator) {
  Row row;
  if (d.records == 1) {
    row.design = d.independent ? Design::independent_binary : Design::clustered_binary;
  } else {
    row.design = d.independent ? Design::independent : Design::clustered;
  }
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    const double own =
        d.independent ? rate : stats::draw_cluster_rate({d.units_per_seed, rate, kIcc}, generator);
    const double p = std::clamp(own, 0.0, 1.0);
    for (std::int64_t unit = 0; unit < d.units_per_seed; ++unit) {
      const auto hits = d.records == 1 ? std::int64_t{std::bernoulli_distribution(p)(generator)}
                                       : stats::draw_beta_binomial({d.records, p, kIcc}, generator);
      row.units.push_back(
          {seed, std::to_string(unit), static_cast<double>(hits) / static_cast<double>(d.records)});
    }
  }
  return row;
}

/// For units that are shares of several records.
double drawn_control_power(const UnitDesign& d, double expect, const stats::RateTarget& target) {
  std::mt19937_64 generator(20240608);
  int met = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto row = drawn(d, d.seeds, expect, generator);
    const auto lo = estimate_of(row.units, row.design).lo;
    met += lo && target.met_by(*lo) ? 1 : 0;
  }
  return static_cast<double>(met) / kDraws;
}

const MetricFacts& metric_facts(const AttackSection& attack, const std::string& metric) {
  for (const auto& known : attack_facts(attack).metrics) {
    if (known.id == metric) return known;
  }
  throw std::logic_error("a metric is missing from the table of facts");
}

/// The rank that owns a client's records, in the system whose role this is.
Rank owner_of(const Spec& spec, const Role& member, Rank client) {
  if (member.kind == Role::Kind::client) return client;
  const auto c = static_cast<std::size_t>(client) - 1;
  if (!spec.data.owners.empty()) return static_cast<Rank>(spec.data.owners[c]);
  return -1;  // in turn among however many parties there are: as if none were the adversary's
}

/// Clients take turns as victims; those of the adversary do not count.
std::int64_t scored_victims(const Spec& spec, const std::string& role, std::int64_t victims) {
  if (role.empty()) return victims;
  const auto coalition = parse_coalition(role);
  std::int64_t scored = 0;
  for (std::int64_t victim = 0; victim < victims; ++victim) {
    const Rank client = static_cast<Rank>(1 + victim % spec.data.clients);
    scored += std::none_of(coalition.begin(), coalition.end(), [&](const Role& member) {
      const bool owns = member.kind == Role::Kind::client || member.kind == Role::Kind::party;
      return owns && member.a == owner_of(spec, member, client);
    });
  }
  return scored;
}

}  // namespace

UnitDesign design_of(const Spec& spec, const AttackSection& attack, const std::string& metric,
                     std::int64_t seeds, const std::string& role) {
  const auto& facts = attack_facts(attack);
  UnitDesign d;
  d.seeds = seeds;
  for (const auto& known : facts.metrics) {
    if (known.id == metric) d.rate = known.aggregate == Aggregate::rate;
  }
  if (facts.audits) {
    d.units_per_seed = 1;
  } else if (facts.on_candidates) {
    d.candidates = spec.probe(attack.probe).candidates;
    d.units_per_seed = 1;
  } else if (facts.on_updates) {
    const auto& probe = spec.probe(attack.probe);
    d.independent = probe.fresh_model;
    d.records = probe.batch;
    auto victims = scored_victims(spec, role, probe.victims);
    if (role.empty()) {
      for (const auto& adversary : spec.threat(attack.threat).adversary) {
        // Whose own all victims are has no row.
        const auto scored = scored_victims(spec, adversary, probe.victims);
        if (scored > 0) victims = std::min(victims, scored);
      }
    }
    d.units_per_seed = victims * static_cast<std::int64_t>(probe.steps.size());
  } else {
    d.units_per_seed = attacked_classes(attack, spec.data.facts().classes);
    d.null_rate = 1.0 / static_cast<double>(d.units_per_seed);  // a guess
  }
  return d;
}

std::optional<double> control_power(const Spec& spec, const ControlSection& control, double expect,
                                    std::int64_t seeds) {
  const auto count = seeds > 0 ? seeds : static_cast<std::int64_t>(spec.repeats.seeds.size());
  const auto d = design_of(spec, spec.attack(control.attack), control.metric, count);
  if (attack_facts(spec.attack(control.attack)).audits) {
    if (control.metric != kAuditedEpsilon) return std::nullopt;
    return audit_control_power(spec, spec.attack(control.attack), expect,
                               control.at_least.value_or(0.0), count);
  }
  if (d.candidates > 0) {
    return membership_control_power(metric_facts(spec.attack(control.attack), control.metric),
                                    expect, control.at_least.value_or(0.0), d.candidates, count);
  }
  if (!d.rate) return std::nullopt;
  const stats::RateTarget target{control.at_least.value_or(0.0), null_upper_end(d), kConfidence};
  if (d.records > 1) return drawn_control_power(d, expect, target);
  if (d.independent) return stats::rate_bound_power(expect, d.units_per_seed * d.seeds, target);
  return stats::clustered_rate_bound_power(expect, {d.seeds, d.units_per_seed, kIcc}, target);
}

namespace {

Row first_seeds(Row row, std::int64_t seeds) {
  std::erase_if(row.units, [&](const UnitValue& unit) { return unit.seed >= seeds; });
  return row;
}

/// The share of draws in which the gate passes an unchanged row, at the first look or after the
/// top-up; `draw` makes a row of so many seeds, from 0 on.
double share_passed(const Spec& spec, const MetricSection& metric, std::int64_t seeds,
                    const std::function<Row(std::int64_t seeds)>& draw) {
  const auto most = std::max(seeds, spec.repeats.max);
  const double alpha = spec.gate.alpha / (most > seeds ? 2.0 : 1.0);
  auto passes = [&](const Row& before, const Row& after) {
    const auto verdict =
        compare_rows(before, after, metric.worse == MetricSection::Worse::higher, metric.tolerance,
                     /*equal_environments=*/true, alpha);
    return verdict.upper && *verdict.upper <= metric.tolerance + 1e-12;
  };
  int passed = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto before = draw(most), after = draw(most);
    const bool at_once = passes(before, first_seeds(after, seeds));
    passed += at_once || (most > seeds && passes(before, after)) ? 1 : 0;
  }
  return static_cast<double>(passed) / kDraws;
}

}  // namespace

std::optional<double> gate_power(const Spec& spec, const UnitDesign& d, const MetricSection& metric,
                                 double rate) {
  if (d.candidates > 0 && metric.kind == MetricSection::Kind::statistical) {
    const auto& facts = metric_facts(spec.attack(metric.from), metric.id);
    return gate_power_of_numbers(spec, metric, d.seeds,
                                 membership_stddev(facts, rate, d.candidates));
  }
  if (!d.rate || metric.kind != MetricSection::Kind::statistical) return std::nullopt;
  std::mt19937_64 generator(20240607);
  return share_passed(spec, metric, d.seeds,
                      [&](std::int64_t seeds) { return drawn(d, seeds, rate, generator); });
}

double gate_power_of_numbers(const Spec& spec, const MetricSection& metric, std::int64_t seeds,
                             double seed_stddev) {
  std::mt19937_64 generator(20240609);
  std::normal_distribution<double> scatter(0.0, seed_stddev);
  return share_passed(spec, metric, seeds, [&](std::int64_t count) {
    Row row;
    row.design = Design::clustered;
    for (std::int64_t seed = 0; seed < count; ++seed)
      row.units.push_back({seed, "run", scatter(generator)});
    return row;
  });
}

}  // namespace assay::scenarios
