#pragma once

#include <optional>

#include "scenarios/gate/gate.h"
#include "scenarios/results/results.h"
#include "scenarios/run/scheduler.h"

namespace assay::scenarios {

struct RunOptions {
  std::filesystem::path scenario_file, out, data_dir;
  std::vector<Override> overrides;
  Selection selection;
  std::string device = "cpu";
  bool fresh = false;   ///< forget what the folder holds
  bool gallery = true;  ///< false: no pictures in the report
  std::optional<std::filesystem::path>
      baseline;         ///< with it, one top-up if the gate is inconclusive
  std::string command;  ///< as typed, for the report
  SchedulerOptions scheduler;
};

/// What a finished run is read back from: the folder alone.
struct StoredRun {
  Spec spec;
  Plan plan;
  nlohmann::json run;  ///< run.json
  std::vector<EventLog::Event> events;
  Results results;
};
/// Errors: std::invalid_argument if the folder holds no run; std::runtime_error if it is damaged.
StoredRun load_run(const std::filesystem::path& folder);

/// Writes results.json, timings.json, report.html, summary.md, junit.xml and results.sarif from the
/// log.
void write_outputs(const std::filesystem::path& folder, const StoredRun& stored);

/// How the gate looks at a stored run: which of how many planned looks, in which environment.
GateOptions gate_options(const StoredRun& stored);

/// `assay run`: plans, runs what is missing, writes every output. Returns the exit status: 0
/// complete, 3 incomplete, 4 invalid, 130 interrupted.
/// Errors: SpecError and std::invalid_argument for bad usage; std::runtime_error for I/O.
int run_scenario(const RunOptions& options, const std::function<bool()>& interrupted);

}  // namespace assay::scenarios
