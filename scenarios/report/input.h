#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "scenarios/gate/verdict.h"
#include "scenarios/results/results.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// Everything that a report is made of: it computes nothing of its own.
struct ReportInput {
  const Spec& spec;
  const Results& results;
  std::optional<GateVerdict> gate;
  nlohmann::json run;                         ///< run.json: versions, revision, devices, command
  const std::vector<nlohmann::json>& events;  ///< for times and pictures
  std::filesystem::path folder;               ///< of the run
  std::string scenario_text;                  ///< as its author wrote it
  bool gallery = true;
};

}  // namespace assay::scenarios
