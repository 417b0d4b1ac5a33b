#pragma once

#include <string>

#include "scenarios/results/results.h"

namespace assay::scenarios {

/// What `assay run` prints when it is done: the verdict, the controls that were not met, and for
/// each system the rates that its attacks reached.
std::string terminal_summary(const Results& results);

}  // namespace assay::scenarios
