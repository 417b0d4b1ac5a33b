#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/io/event_log.h"
#include "scenarios/plan/plan.h"

namespace assay::scenarios {

/// A number with its uncertainty. Absent values were not computed; `reason` says why.
struct Estimate {
  std::optional<double> value, lo, hi;
  std::string interval;  ///< clopper_pearson | t_units | t_seeds_logit | t_seeds | exact | none
  std::int64_t n = 0;    ///< units
};

/// One measured unit: a victim, a class, or a whole run.
struct UnitValue {
  std::int64_t seed = 0;
  std::string unit;
  double value = 0.0;
};

/// How the units of a row relate to one another, which decides every test on them.
enum class Design {
  independent_binary,  ///< 0 or 1, each victim with a training of its own
  independent,         ///< numbers, likewise
  clustered_binary,    ///< 0 or 1, victims of one seed share a trained model
  clustered,           ///< numbers, likewise; or one number per seed
  counted,             ///< no chance involved
};

/// One line of the table: a metric of an attack, or of a system (then attack and role are empty).
struct Row {
  std::string id, system, attack, role, probe, metric, metric_title, unit;
  bool adaptive = false;
  Design design = Design::clustered;
  Estimate estimate;
  std::string null_name;
  Estimate null;
  Estimate ideal;  ///< of attacks on shares: the same attack on random words
  std::int64_t n_seeds = 0, diverged = 0;
  std::vector<std::string> assumptions;
  std::int64_t budget = 0;        ///< gradient evaluations for each victim
  std::string resolution = "ok";  ///< ok | incomplete | not_applicable | no interval |
                                  ///< below resolution
  std::string reason;
  std::vector<UnitValue> units;  ///< in the order of seeds and units
};

struct Control {
  std::string id, system, attack, metric, role;
  std::string kind;  ///< undefended | matched | at_null | audit | planted_flaw
  Estimate estimate;
  /// at_null: the ideal world's value, and the margin; audits: the ceiling, and the claim.
  double null_hi = 0.0, at_least = 0.0;
  bool met = false;
  std::string reason;  ///< why not

  /// Whether it holds an audit against a claim, instead of an attack against a floor.
  bool is_audit() const { return kind == "audit" || kind == "planted_flaw"; }
};

struct CellSummary {
  std::string key, kind, title, system, attack, status, error;
  std::int64_t seed = 0;
  std::vector<std::string> needs;
};

struct Results {
  std::string scenario;
  std::string verdict;  ///< complete | incomplete | invalid
  bool partial = false;
  std::vector<Row> rows;                     ///< of attacks
  std::vector<Row> utility, costs;           ///< of systems
  std::vector<nlohmann::json> cost_details;  ///< per system: by phase, on other links
  std::vector<Control> controls;
  std::vector<nlohmann::json> claims;
  std::vector<CellSummary> cells;

  const Row* find(const std::string& id) const;
};

/// Everything that a run says, from its events alone.
Results aggregate(const Spec& spec, const Plan& plan, const std::vector<EventLog::Event>& events,
                  bool partial);

/// results.json: deterministic fields only. docs/results.md describes it.
nlohmann::ordered_json to_json(const Results& results);

/// The estimate of some units under a design.
Estimate estimate_of(const std::vector<UnitValue>& units, Design design);

}  // namespace assay::scenarios
