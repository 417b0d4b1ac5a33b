#include "scenarios/results/results.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

void put(Json& out, const Estimate& e) {
  out["value"] = number(e.value);
  out["lo"] = number(e.lo);
  out["hi"] = number(e.hi);
}

Json attack_row(const Row& row) {
  Json out = {{"id", row.id},         {"system", row.system},
              {"attack", row.attack}, {"adaptive", row.adaptive},
              {"role", row.role},     {"probe", row.probe},
              {"metric", row.metric}};
  put(out, row.estimate);
  out["interval"] = row.estimate.interval;
  Json null = Json::object();
  null["attacker"] = row.null_name;
  put(null, row.null);
  null["n"] = row.null.n;
  out["null"] = row.null.value ? null : Json();
  out["n_units"] = row.estimate.n;
  out["n_seeds"] = row.n_seeds;
  out["diverged"] = row.diverged;
  out["assumptions"] = row.assumptions;
  out["budget"] = {{"gradient_evaluations", row.budget}};
  out["resolution"] = row.resolution;
  if (!row.reason.empty()) out["reason"] = row.reason;
  return out;
}

Json system_row(const Row& row) {
  Json out = {{"id", row.id}, {"system", row.system}, {"metric", row.metric}};
  put(out, row.estimate);
  out["interval"] = row.estimate.interval;
  out["n_seeds"] = row.n_seeds;
  out["resolution"] = row.resolution;
  if (!row.reason.empty()) out["reason"] = row.reason;
  return out;
}

Json control_json(const Control& control) {
  Json out = {{"id", control.id},         {"kind", control.kind}, {"system", control.system},
              {"attack", control.attack}, {"role", control.role}, {"metric", control.metric}};
  put(out, control.estimate);
  out["interval"] = control.estimate.interval;
  out["n_units"] = control.estimate.n;
  if (control.kind == "at_null") {
    out["margin"] = control.at_least;
    out["ideal"] = control.null_hi;
  } else if (control.kind == "audit" || control.kind == "planted_flaw") {
    // Nothing is claimed where epsilon is infinite.
    out["claimed"] = std::isfinite(control.at_least) ? Json(control.at_least) : Json();
    out["ceiling"] = control.null_hi;
  } else {
    out["at_least"] = control.at_least;
    out["null_hi"] = control.null_hi;
  }
  out["met"] = control.met;
  if (!control.reason.empty()) out["reason"] = control.reason;
  return out;
}

Json cell_json(const CellSummary& cell) {
  Json out = {{"key", cell.key},       {"kind", cell.kind},     {"title", cell.title},
              {"system", cell.system}, {"attack", cell.attack}, {"seed", cell.seed},
              {"needs", cell.needs},   {"status", cell.status}};
  if (!cell.error.empty()) out["error"] = cell.error;
  return out;
}

/// One object per system: the counted totals, then their details.
Json costs_json(const Results& results) {
  Json list = Json::array();
  for (const auto& details : results.cost_details) {
    Json out = {{"system", details.at("system")}};
    for (const auto& row : results.costs) {
      if (row.system != details.at("system")) continue;
      const double value = row.estimate.value.value_or(0.0);
      // Counts read as whole numbers.
      const bool whole = value == std::floor(value) && std::abs(value) < 9e15;
      out[row.metric] = whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
    }
    out["by_phase"] = details.at("by_phase");
    out["by_rank"] = details.value("by_rank", nlohmann::json::array());
    out["simulated_seconds_on"] = details.at("simulated_seconds_on");
    list.push_back(std::move(out));
  }
  return list;
}

}  // namespace

Json to_json(const Results& results) {
  Json out = {{"schema", 1},
              {"scenario", results.scenario},
              {"verdict", results.verdict},
              {"partial", results.partial}};
  out["rows"] = Json::array();
  for (const auto& row : results.rows)
    out["rows"].push_back(attack_row(row));
  out["controls"] = Json::array();
  for (const auto& control : results.controls)
    out["controls"].push_back(control_json(control));
  out["costs"] = costs_json(results);
  out["utility"] = Json::array();
  for (const auto& row : results.utility)
    out["utility"].push_back(system_row(row));
  out["privacy_claims"] = results.claims;
  out["cells"] = Json::array();
  for (const auto& cell : results.cells)
    out["cells"].push_back(cell_json(cell));
  return out;
}

}  // namespace assay::scenarios
