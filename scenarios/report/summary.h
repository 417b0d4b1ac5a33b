#pragma once

#include <string>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// GitHub refuses a step summary above 1 MiB. Tables end early, and say so, to stay below this.
inline constexpr std::size_t kMostSummaryBytes = 1000 * 1000;

/// summary.md: the verdict, leakage worst first, controls, and the gate, as GitHub-flavoured
/// Markdown.
std::string render_summary(const ReportInput& input);

}  // namespace assay::scenarios
