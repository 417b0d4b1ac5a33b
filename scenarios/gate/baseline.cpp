#include "scenarios/gate/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "scenarios/run/run_info.h"

namespace assay::scenarios {

namespace {

using nlohmann::json;

bool named_by_metric(const Spec& spec, const Row& row) {
  return std::any_of(spec.metrics.begin(), spec.metrics.end(), [&](const MetricSection& metric) {
    if (metric.id != row.metric) return false;
    if (metric.from.empty() || row.attack.empty()) return metric.from.empty() && row.attack.empty();
    return row.attack == metric.from || row.attack == metric.from + "+adaptive";
  });
}

}  // namespace

Baseline make_baseline(const Spec& spec, const Results& results, const json& run) {
  if (results.verdict != "complete") {
    throw std::invalid_argument(
        fmt::format("expected a complete run, got one that is {}", results.verdict));
  }
  Baseline baseline;
  baseline.scenario = spec.id;
  baseline.environment = environment_fingerprint(run.at("environment"));
  baseline.selection = run.at("selection");
  baseline.partial = results.partial;
  baseline.seeds = run.at("seeds").get<std::vector<std::int64_t>>();
  if (static_cast<std::int64_t>(baseline.seeds.size()) < spec.repeats.max) {
    throw std::invalid_argument(fmt::format(
        "expected a run over {0} seeds (repeats.max), got {1}; run it with --seeds 1..{0}",
        spec.repeats.max, baseline.seeds.size()));
  }
  for (const auto* list : {&results.rows, &results.utility, &results.costs}) {
    for (const auto& row : *list) {
      if (named_by_metric(spec, row) && !row.units.empty()) baseline.rows.emplace(row.id, row);
    }
  }
  return baseline;
}

}  // namespace assay::scenarios
