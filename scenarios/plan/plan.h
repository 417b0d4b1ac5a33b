#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/registry.h"

namespace assay::scenarios {

/// One piece of work: it runs in a process of its own, and its key says all that its result depends
/// on.
struct Cell {
  enum class Kind { train, attack };
  enum class Purpose {
    run,    ///< a whole training: utility, cost, the released model, probes of the running model
    probe,  ///< one short training for each victim of a fresh-model probe
    membership,  ///< a whole training on half of a probe's candidates, and the other records
    audit,       ///< a whole training with a probe's canaries among its records
    evaluator,   ///< the classifier that judges model inversions; the attacker never sees it
    attack,
  };
  std::string key;  ///< SHA-256 of `identity`
  nlohmann::json identity;
  Kind kind = Kind::train;
  Purpose purpose = Purpose::run;
  std::string system;    ///< id; of an evaluator: empty
  bool defended = true;  ///< false: the system with its protection off (the matched control)
  std::string attack;    ///< id
  bool adaptive = false;
  std::string role;
  std::string probe;  ///< id, or empty
  /// Of a membership training: 0 for the one that is attacked, 1, 2, ... for shadow models.
  std::int64_t world = 0;
  std::int64_t seed = 0;
  std::vector<std::string> needs;  ///< keys; an attack's first is the training that it attacks
  double estimated_seconds = 0.0;
  std::int64_t estimated_bytes = 0;  ///< on disk, while the run lasts
};
std::string title_of(const Cell& cell);

/// One line of the results: a metric of an attack on a system from a role, over all seeds.
struct PlannedRow {
  std::string id;  ///< scenario/system/attack/role/metric
  std::string system, attack, role, probe;
  bool adaptive = false;
  MetricFacts metric;
  bool independent_units = false;  ///< every victim has a training of its own
  std::int64_t batch = 1;          ///< records per unit
  std::vector<std::string> cells;  ///< attack cells, one per seed
  std::optional<std::string> not_applicable;
};

/// A row that must reach a floor, or the run says nothing; or one that must not differ from its
/// null; or an audit that must not lie above the system's claim, unless a flaw was planted.
struct PlannedControl {
  std::string id;
  enum class Kind { undefended, matched, at_null, audit, planted_flaw } kind;
  std::string system;  ///< whose attacks it vouches for
  std::string attack, metric;
  double at_least = 0.0;  ///< at_null: the margin
  std::optional<double> expect;
  std::vector<PlannedRow> candidates;  ///< one per role (planted_flaw: and attack); the strongest
};

/// As results name it: "matched".
const char* name_of(PlannedControl::Kind kind);

struct Plan {
  std::vector<Cell> cells;  ///< what is needed comes before what needs it
  std::vector<PlannedRow> rows;
  std::vector<PlannedControl> controls;

  const Cell& cell(const std::string& key) const;
};

/// What part of a scenario to plan.
struct Selection {
  std::vector<std::string> systems, attacks;  ///< patterns with *; empty: all
  std::vector<std::int64_t> seeds;            ///< empty: the scenario's
  bool partial() const { return !systems.empty() || !attacks.empty(); }
};

/// Errors: SpecError if the selection leaves nothing; as corpus_fingerprint for missing data.
Plan make_plan(const Spec& spec, const Selection& selection, const std::filesystem::path& data_dir,
               const std::string& device);

/// The same for data whose fingerprint is known, and for another toolkit version: how a finished
/// run is read back.
Plan plan_with_fingerprint(const Spec& spec, const Selection& selection,
                           const std::string& data_sha256, const std::string& device,
                           const std::string& toolkit_version);

/// Whether a name fits a pattern in which * stands for any text.
bool matches(const std::string& pattern, const std::string& name);

}  // namespace assay::scenarios
