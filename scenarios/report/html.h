#pragma once

#include <string>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// report.html: one file that opens offline in any browser of today and prints.
///
/// Nothing in it is loaded from elsewhere: charts, fonts, pictures and scripts are inside, and a
/// content security policy names the scripts by hash, so that nothing else in the page can run or
/// load. All text of the scenario and of the log is escaped. About 0.9 MB plus the pictures.
std::string render_html(const ReportInput& input);

}  // namespace assay::scenarios
