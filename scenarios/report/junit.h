#pragma once

#include <string>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// junit.xml: one suite, the scenario; one case for each row, named system.attack.role.metric, and
/// one for each control, named control.system.attack.metric.
///
/// With a gate's verdict the gated rows are the cases: a regression is a failure, "inconclusive" is
/// skipped. Without one every row is a case that passes if it is complete. In both, an unmet
/// control is a failure, what is missing an error, and what does not apply skipped.
std::string render_junit(const ReportInput& input);

}  // namespace assay::scenarios
