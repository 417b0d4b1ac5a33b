#pragma once

#include <nlohmann/json.hpp>

#include "scenarios/plan/plan.h"
#include "scenarios/run/job.h"

namespace assay::scenarios {

/// Trains what the cell asks for and writes views, truth and the released model under job.output.
/// Returns utility and cost.
nlohmann::json run_train_cell(const Job& job, const Spec& spec,
                              const std::function<void(double)>& progress);

}  // namespace assay::scenarios
