#include "scenarios/gate/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/io/atomic_file.h"
#include "scenarios/run/run_info.h"

namespace assay::scenarios {

NLOHMANN_JSON_SERIALIZE_ENUM(Design, {{Design::independent_binary, "independent_binary"},
                                      {Design::independent, "independent"},
                                      {Design::clustered_binary, "clustered_binary"},
                                      {Design::clustered, "clustered"},
                                      {Design::counted, "counted"}})

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
    throw std::invalid_argument(fmt::format("expected a complete run, got one that is {}", results.verdict));
  }
  Baseline baseline;
  baseline.scenario = spec.id;
  baseline.environment = environment_fingerprint(run.at("environment"));
  baseline.selection = run.at("selection");
  baseline.partial = results.partial;
  baseline.seeds = run.at("seeds").get<std::vector<std::int64_t>>();
  if (static_cast<std::int64_t>(baseline.seeds.size()) < spec.repeats.max) {
    throw std::invalid_argument(fmt::format(
        "expected a run over {0} seeds (repeats.max), got {1}; run it with --seeds 1..{0}", spec.repeats.max,
        baseline.seeds.size()));
  }
  for (const auto* list : {&results.rows, &results.utility, &results.costs}) {
    for (const auto& row : *list) {
      if (named_by_metric(spec, row) && !row.units.empty()) baseline.rows.emplace(row.id, row);
    }
  }
  return baseline;
}

nlohmann::ordered_json to_json(const Baseline& b) {
  nlohmann::ordered_json out = {{"schema", 1},
                                {"scenario", b.scenario},
                                {"environment", b.environment},
                                {"selection", b.selection},
                                {"partial", b.partial},
                                {"seeds", b.seeds}};
  out["rows"] = json::array();
  for (const auto& [id, row] : b.rows) {
    nlohmann::ordered_json entry = {{"id", id}, {"metric", row.metric}, {"design", json(row.design)}};
    entry["value"] = row.estimate.value ? json(*row.estimate.value) : json();
    json units = json::array();
    for (const auto& unit : row.units) units.push_back({unit.seed, unit.unit, unit.value});
    entry["units"] = std::move(units);
    out["rows"].push_back(std::move(entry));
  }
  out["accepted"] = json::array();
  for (const auto& a : b.accepted) {
    out["accepted"].push_back({{"id", a.id}, {"reason", a.reason}, {"until", a.until}});
  }
  return out;
}

Baseline load_baseline(const std::filesystem::path& file) {
  const auto text = read_text_file(file);
  try {
    const auto j = json::parse(text);
    if (j.at("schema") != 1) throw std::invalid_argument("expected a baseline of schema 1");
    Baseline b;
    b.file = file.filename().string();
    b.scenario = j.at("scenario");
    b.environment = j.at("environment");
    b.selection = j.at("selection");
    b.partial = j.at("partial");
    b.seeds = j.at("seeds").get<std::vector<std::int64_t>>();
    for (const auto& entry : j.at("rows")) {
      Row row;
      row.id = entry.at("id");
      row.metric = entry.at("metric");
      row.design = entry.at("design").get<Design>();
      for (const auto& unit : entry.at("units")) {
        row.units.push_back({unit.at(0), unit.at(1), unit.at(2)});
      }
      row.estimate = estimate_of(row.units, row.design);
      b.rows.emplace(row.id, std::move(row));
    }
    for (const auto& a : j.at("accepted")) b.accepted.push_back({a.at("id"), a.at("reason"), a.at("until")});
    return b;
  } catch (const json::exception& error) {
    throw std::invalid_argument(fmt::format("{}: malformed baseline: {}", file.string(), error.what()));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace assay::scenarios
