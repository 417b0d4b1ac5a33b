#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace assay::scenarios {

/// What the gate says of one row.
struct RowVerdict {
  std::string id;
  std::string kind;  ///< statistical | exact | informational
  std::string
      outcome;  ///< pass | regressed | inconclusive | no_baseline | accepted | informational
  std::optional<double> baseline, now;
  /// Change in the worse direction; positive is worse. The bounds are one-sided at the look's
  /// level.
  std::optional<double> change, lower, upper;
  double tolerance = 0.0;
  std::optional<double> p, p_adjusted;  ///< of "the change is at most the tolerance"
  std::string method;                   ///< tango | paired_t | newcombe | welch | exact
  std::int64_t n_baseline = 0, n_now = 0, n_paired = 0;
  std::string note;  ///< "improved beyond the tolerance: check the attack", ...
};

struct GateVerdict {
  std::string verdict;  ///< pass | regressed | inconclusive | incomplete | invalid
  int exit_code = 0;    ///< as the command line gives it, before --exit-zero
  double alpha = 0.05;  ///< of this look
  int look = 1;
  std::string baseline;              ///< file name
  std::vector<RowVerdict> rows;      ///< worst first
  std::vector<std::string> reasons;  ///< why incomplete or invalid; warnings
};
nlohmann::json to_json(const GateVerdict& verdict);
GateVerdict gate_verdict_from_json(const nlohmann::json& json);

}  // namespace assay::scenarios
