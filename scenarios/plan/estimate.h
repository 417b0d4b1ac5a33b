#pragma once

#include "scenarios/plan/plan.h"

namespace assay::scenarios {

/// Fills in a cell's estimated seconds and bytes on disk. Rough: operation counts over a speed that
/// one core of a common server reaches on small models, for a plan's overview and progress display
/// only.
void estimate(const Spec& spec, Cell& cell);

}  // namespace assay::scenarios
