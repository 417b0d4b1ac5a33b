#pragma once

#include "scenarios/cli/commands.h"

namespace assay::scenarios {

/// `assay bench dp`, on simulated links. Returns the exit status. Errors: UsageError, SpecError.
int bench_dp(const CommandArguments& arguments);

}  // namespace assay::scenarios
