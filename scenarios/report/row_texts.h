#pragma once

#include <string>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// The numbers of a row that the gate compared, each in its metric's own unit; "–" where there is
/// none.
struct RowTexts {
  std::string baseline, now;
  std::string change, lower, upper, tolerance;  ///< with a sign; positive is worse
  std::string p;                                ///< adjusted
};
RowTexts texts_of(const ReportInput& in, const RowVerdict& verdict);

/// "Records rebuilt on Pruned under Deep leakage (adaptive)"; its id where the run lacks the row.
std::string compared_name(const ReportInput& in, const RowVerdict& verdict);

}  // namespace assay::scenarios
