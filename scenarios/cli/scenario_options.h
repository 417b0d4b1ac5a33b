#pragma once

#include "scenarios/cli/arguments.h"
#include "scenarios/plan/plan.h"

namespace assay::scenarios {

/// The options that plan and run share: --set, --only, --seeds, --data-dir, --device.
void add_scenario_options(Arguments& arguments);
std::vector<Override> overrides_of(const Arguments& arguments);
/// A scenario named on the command line.
/// Errors: UsageError if the file cannot be read; SpecError.
Spec scenario_of(const std::filesystem::path& file, const Arguments& arguments);
/// Errors: UsageError, also for patterns that fit nothing in the scenario.
Selection selection_of(const Arguments& arguments, const Spec& spec);
/// Errors: UsageError if there is no such folder.
std::filesystem::path data_dir_of(const Arguments& arguments);
/// Errors: UsageError for a device that this build cannot use.
std::string device_of(const Arguments& arguments);

}  // namespace assay::scenarios
