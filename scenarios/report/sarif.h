#pragma once

#include <string>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// GitHub takes at most this many results from one file.
inline constexpr std::size_t kMostSarifResults = 5000;

/// results.sarif (SARIF 2.1.0), for code scanning: regressed rows and unmet controls as errors,
/// inconclusive rows as warnings. A result's rule is its attack, its place the system's line in the
/// scenario, and its fingerprint the row's id.
std::string render_sarif(const ReportInput& input);

}  // namespace assay::scenarios
