#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// A system's row of utility or costs; none: nullptr.
const Row* system_row(const Results& results, const std::string& system, const std::string& metric);
std::optional<double> system_value(const Results& results, const std::string& system,
                                   const std::string& metric);

/// What a system's privacy costs: "Bytes" and "× 0.57".
struct Price {
  std::string name, text;
};

/// Accuracy, bytes and time, as far as the run has them for any system: of an undefended control in
/// their units, of others as the change against the first control.
std::vector<Price> prices_of(const ReportInput& in, const SystemSection& system);

}  // namespace assay::scenarios
