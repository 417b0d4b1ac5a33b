#pragma once

#include <nlohmann/json.hpp>

#include "scenarios/run/job.h"

namespace assay::scenarios {

/// Launches the cell's attack on the recorded view, cut down to what the threat sees and knows, and
/// writes the evidence under job.output. Returns what it cost the attacker.
nlohmann::json run_attack_cell(const Job& job, const Spec& spec,
                               const std::function<void(double)>& progress);

}  // namespace assay::scenarios
