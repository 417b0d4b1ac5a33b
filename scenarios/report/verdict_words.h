#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// The state of a run in plain words; `state` is complete, incomplete or invalid.
struct VerdictWords {
  std::string state, line;
  std::vector<std::string> reasons;
};
VerdictWords verdict_words(const ReportInput& input);
/// Likewise for the gate; `state` is its verdict. Nothing without a gate.
std::optional<VerdictWords> gate_words(const ReportInput& input);

}  // namespace assay::scenarios
