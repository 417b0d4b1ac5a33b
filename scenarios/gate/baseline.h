#pragma once

#include <filesystem>
#include <map>

#include "scenarios/results/results.h"

namespace assay::scenarios {

/// A regression that people have accepted, until a date (YYYY-MM-DD) or for good.
struct Acceptance {
  std::string id, reason, until;
};

/// What the gate compares with: the units of every row that a scenario's metrics name.
struct Baseline {
  std::string scenario;
  std::string environment;   ///< environment_fingerprint of the run
  nlohmann::json selection;  ///< what part of the scenario it covers
  bool partial = false;
  std::vector<std::int64_t> seeds;
  std::map<std::string, Row> rows;  ///< by id; of a Row: design, estimate, units
  std::vector<Acceptance> accepted;
  std::string file;  ///< its name, for messages
};

/// The baseline of a finished run.
/// Errors: std::invalid_argument if the run is incomplete or invalid, or has fewer seeds than
/// repeats.max: a baseline's own noise counts in every later comparison.
Baseline make_baseline(const Spec& spec, const Results& results, const nlohmann::json& run);

nlohmann::ordered_json to_json(const Baseline& baseline);

/// Reads what to_json has written; people commit it, merge it and edit it by hand.
/// Errors: std::invalid_argument for a malformed file, with the place of what is wrong
/// ("base.json: /rows/3/units/0/2: expected a number, got null"); std::runtime_error for I/O.
Baseline load_baseline(const std::filesystem::path& file);

/// Whether a text is a day of the calendar, YYYY-MM-DD.
bool is_date(const std::string& text);

}  // namespace assay::scenarios
