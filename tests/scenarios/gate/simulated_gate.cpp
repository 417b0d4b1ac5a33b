#include "tests/scenarios/gate/simulated_gate.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/stats/beta_binomial.h"
#include "core/stats/distributions.h"
#include "core/view/role.h"
#include "scenarios/plan/membership_power.h"
#include "scenarios/plan/plan.h"
#include "scenarios/plan/power.h"

namespace assay::scenarios {
namespace {

constexpr double kAccuracySd = 0.01;

struct Generator {
  std::mt19937_64 engine;
  double uniform() { return std::uniform_real_distribution<double>(0.0, 1.0)(engine); }
};

/// The rate of a cluster whose rank among all clusters is u, to a thousandth of the ranks.
double cluster_rate(double rate, double icc, double u) {
  if (icc == 0.0 || rate <= 0.0 || rate >= 1.0) return rate;
  static std::map<std::pair<double, double>, std::vector<double>> tables;
  auto& table = tables[{rate, icc}];
  const double s = 1.0 / icc - 1.0;
  for (int i = 0; table.size() < 1000; ++i) {
    table.push_back(stats::beta_quantile((i + 0.5) / 1000.0, rate * s, (1.0 - rate) * s));
  }
  return table[static_cast<std::size_t>(u * 1000.0)];
}

bool clustered(const Row& row) {
  return row.design == Design::clustered_binary || row.design == Design::clustered;
}

using Units = std::vector<UnitValue>;

/// The units of one row in two runs, over seeds 1 to `seeds`.
std::pair<Units, Units> draw(const SimulatedRow& simulated, std::int64_t seeds, double icc,
                             Draws draws, Generator& random) {
  std::pair<Units, Units> out;
  const auto [before, after] = simulated.truth;
  if (simulated.stddev > 0.0) {
    std::normal_distribution<double> noise(0.0, simulated.stddev);
    for (std::int64_t seed = 1; seed <= seeds; ++seed) {
      out.first.push_back({seed, "run", before + noise(random.engine)});
      out.second.push_back({seed, "run", after + noise(random.engine)});
    }
    return out;
  }
  const bool same = draws == Draws::same_victims;
  auto pair_of_rates = [&](double correlation) {
    if (draws == Draws::same_seeds || same) {
      const double u = random.uniform();
      return std::pair(cluster_rate(before, correlation, u), cluster_rate(after, correlation, u));
    }
    const auto first = stats::draw_cluster_rate({1, before, correlation}, random.engine);
    return std::pair(first, stats::draw_cluster_rate({1, after, correlation}, random.engine));
  };
  const double by_seed = clustered(simulated.row) ? icc : 0.0,
               by_batch = simulated.records > 1 ? icc : 0.0;
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    auto rates = pair_of_rates(by_seed);
    for (std::int64_t unit = 0; unit < simulated.units_per_seed; ++unit) {
      if (by_batch > 0.0) rates = pair_of_rates(by_batch);
      double first = 0.0, second = 0.0;
      for (std::int64_t record = 0; record < simulated.records; ++record) {
        const double u = random.uniform(), v = same ? u : random.uniform();
        first += u < rates.first ? 1.0 : 0.0;
        second += v < rates.second ? 1.0 : 0.0;
      }
      const auto name = std::to_string(unit);
      const auto records = static_cast<double>(simulated.records);
      out.first.push_back({seed, name, first / records});
      out.second.push_back({seed, name, second / records});
    }
  }
  return out;
}

Row with_units(const Row& shape, const Units& units, std::int64_t seeds) {
  Row row = shape;
  for (const auto& unit : units) {
    if (unit.seed <= seeds) row.units.push_back(unit);
  }
  row.n_seeds = seeds;
  row.estimate.value = 0.0;
  for (const auto& unit : row.units)
    *row.estimate.value += unit.value / static_cast<double>(row.units.size());
  return row;
}

bool finite(const GateVerdict& verdict) {
  auto good = [](const std::optional<double>& x) { return !x || std::isfinite(*x); };
  return std::all_of(verdict.rows.begin(), verdict.rows.end(), [&](const RowVerdict& r) {
    return good(r.baseline) && good(r.now) && good(r.change) && good(r.lower) && good(r.upper) &&
           good(r.p) && good(r.p_adjusted);
  });
}

}  // namespace

SimulatedGate::SimulatedGate(const Spec& spec)
    : spec_(spec),
      seeds_(static_cast<std::int64_t>(spec.repeats.seeds.size())),
      max_seeds_(std::max(seeds_, spec.repeats.max)) {
  const auto plan = plan_with_fingerprint(spec, {}, std::string(64, '0'), "cpu", "simulated");
  for (const auto& metric : spec.metrics) {
    if (metric.kind != MetricSection::Kind::statistical) continue;
    SimulatedRow simulated;
    simulated.tolerance = metric.tolerance;
    simulated.higher_is_worse = metric.worse == MetricSection::Worse::higher;
    simulated.row.metric = metric.id;
    if (metric.from.empty()) {
      for (const auto& system : spec.systems) {
        simulated.row.id = spec.id + "/" + system.id + "/-/-/" + metric.id;
        simulated.row.system = system.id;
        simulated.row.design = Design::clustered;
        simulated.stddev = kAccuracySd;
        rows.push_back(simulated);
      }
      continue;
    }
    for (const auto& planned : plan.rows) {
      const bool same =
          planned.attack == metric.from || planned.attack == metric.from + "+adaptive";
      if (!same || planned.metric.id != metric.id || planned.not_applicable) continue;
      const auto design =
          design_of(spec, spec.attack(metric.from), metric.id, seeds_, planned.role);
      const bool one_record_rate = design.rate && design.records == 1;
      simulated.row.id = planned.id;
      simulated.row.system = planned.system;
      simulated.row.attack = planned.attack;
      simulated.row.adaptive = planned.adaptive;
      simulated.row.design =
          design.independent ? (one_record_rate ? Design::independent_binary : Design::independent)
                             : (one_record_rate ? Design::clustered_binary : Design::clustered);
      if (design.candidates > 0)
        simulated.stddev = membership_stddev(planned.metric, 0.5, design.candidates);
      simulated.units_per_seed = design.units_per_seed;
      simulated.records = planned.batch;
      rows.push_back(simulated);
    }
  }
}

Tally SimulatedGate::simulate(int runs, double icc, Draws draws, std::uint64_t stream) const {
  Generator random{std::mt19937_64(stream)};
  Tally tally{.runs = runs};
  for (int run = 0; run < runs; ++run) {
    Baseline baseline;
    baseline.scenario = spec_.id;
    std::vector<Units> now;
    for (const auto& simulated : rows) {
      auto [first, second] = draw(simulated, max_seeds_, icc, draws, random);
      if (draws == Draws::identical) second = first;
      baseline.rows.emplace(simulated.row.id, with_units(simulated.row, first, max_seeds_));
      now.push_back(std::move(second));
    }
    auto look = [&](int which, std::int64_t seeds) {
      Results results;
      results.scenario = spec_.id;
      results.verdict = "complete";
      for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& list = rows[i].row.attack.empty() ? results.utility : results.rows;
        list.push_back(with_units(rows[i].row, now[i], seeds));
      }
      GateOptions options;
      options.looks = max_seeds_ > seeds_ ? 2 : 1;
      options.look = which;
      if (!equal_environments) options.environment = "another";
      auto verdict = judge(spec_, results, baseline, options);
      tally.finite = tally.finite && finite(verdict);
      return verdict.verdict;
    };
    auto verdict = look(1, seeds_);
    if (verdict == "inconclusive" && max_seeds_ > seeds_) {
      ++tally.topped_up;
      verdict = look(2, max_seeds_);
    }
    ++(verdict == "pass"        ? tally.passed
       : verdict == "regressed" ? tally.regressed
                                : tally.inconclusive);
  }
  return tally;
}

}  // namespace assay::scenarios
