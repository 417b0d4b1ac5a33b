#pragma once

#include <vector>

#include "mpc/workloads/measure.h"
#include "scenarios/cli/arguments.h"

namespace assay::scenarios {

/// Which workloads of secure computation are measured and how: the options that `bench mpc` has in
/// one process and among several.
void add_workload_options(Arguments& a);

/// Errors: UsageError naming the option, for all three.
std::vector<mpc::Workload> workloads_of(const Arguments& a);
/// Without the number of parties.
mpc::MeasureOptions measure_options_of(const Arguments& a);
/// "a,b" -> {"a", "b"}.
std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace assay::scenarios
