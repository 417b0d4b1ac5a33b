#pragma once

#include <string>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// timings.json: what the run took on this machine. Everything that differs from one run to the
/// next is here, and nothing of it is in results.json.
std::string render_timings(const ReportInput& input);

}  // namespace assay::scenarios
