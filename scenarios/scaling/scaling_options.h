#pragma once

#include <vector>

#include "dp/workloads/scaling.h"
#include "scenarios/cli/arguments.h"

namespace assay::scenarios {

/// Which trainings are timed: the options that `bench dp` has on simulated links and among
/// processes.
void add_scaling_options(Arguments& a);

/// Errors: UsageError naming the option, for all of them.
std::vector<dp::ScalingNet> scaling_nets_of(const Arguments& a);
std::vector<dp::SumBy> sums_of(const Arguments& a);

/// A run of one worker; 0 records: the net's.
dp::ScalingRun scaling_run_of(const Arguments& a, const dp::ScalingNet& net);

/// The same work for each of n workers as `one` has in all (weak), or an n-th of it (strong).
dp::ScalingRun strong(dp::ScalingRun one, Rank workers, dp::SumBy sum);
dp::ScalingRun weak(dp::ScalingRun one, Rank workers, dp::SumBy sum);

}  // namespace assay::scenarios
