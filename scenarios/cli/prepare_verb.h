#pragma once

#include <functional>

#include "scenarios/cli/arguments.h"

namespace assay::scenarios {

/// `prepare --generate ROWS`: writes a census file of made-up people. Returns the exit status.
void add_generate_options(Arguments& a);
int generate_census_file(const Arguments& a);

/// `--threads`, or as many as there are processors. Errors: UsageError.
int threads_of(const Arguments& a);

/// A live line on a terminal, nothing elsewhere; told the share that is done.
std::function<void(double)> progress_line(const std::string& doing);

}  // namespace assay::scenarios
