#pragma once

#include <functional>

#include "scenarios/hosts/rank_command.h"

namespace assay::scenarios {

/// Starts all ranks, passes on what they say, and waits for their end: rank 0's standard output is
/// this process's, everything else goes to standard error, a line at a time with the rank before
/// it.
///
/// When a rank fails, the others have five seconds for their own words, since they lose its
/// connection at once; those that are left are told to end by their standard inputs, and five
/// seconds later killed (a rank over ssh through its ssh). The same when `interrupted`, at once.
///
/// Returns the exit status: 0 if all ended well; 130 if interrupted; 2 if all that failed did so
/// for their arguments; else 3.
/// Errors: std::runtime_error if a process cannot be started.
int launch(const LaunchPlan& plan, const std::string& here,
           const std::function<bool()>& interrupted);

}  // namespace assay::scenarios
