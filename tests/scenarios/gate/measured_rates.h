#pragma once

#include <string>

namespace assay::scenarios {

/// The rate that a run of a shipped scenario has shown in a row, rounded towards the middle.
/// Errors: std::out_of_range for a row whose rate was not noted.
double measured_rate(const std::string& row_id);

}  // namespace assay::scenarios
