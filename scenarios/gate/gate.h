#pragma once

#include "scenarios/gate/baseline.h"
#include "scenarios/gate/verdict.h"

namespace assay::scenarios {

struct GateOptions {
  int looks = 1;  ///< planned looks at the data, which share the level
  int look = 1;   ///< this one
  bool require_baseline = false;
  std::string today = {};        ///< YYYY-MM-DD, for acceptances that end
  std::string environment = {};  ///< environment_fingerprint of the run
  nlohmann::json selection = nlohmann::json::object();
};

/// Holds a run against a baseline.
///
/// Every row that a metric of the scenario names is tested at level alpha / looks: H0 is that the
/// change in the worse direction is at most the tolerance. Holm's correction over all of them
/// decides what has regressed; a row passes if its unadjusted one-sided upper bound is within the
/// tolerance; anything else is inconclusive. An acceptance lets a row be worse, proven or not.
///
/// Completeness comes first (cells that failed; rows of the baseline that the run lacks, no longer
/// tests, or measures by another design), then controls: a broken attack looks like perfect
/// privacy.
///
/// Errors: std::invalid_argument if run and baseline are of different scenarios, or one of them is
/// partial and they are of different selections.
GateVerdict judge(const Spec& spec, const Results& results, const Baseline& baseline,
                  const GateOptions& options);

/// `seeds` and the smallest further numbers, up to `count` in all.
std::vector<std::int64_t> more_seeds(std::vector<std::int64_t> seeds, std::int64_t count);

/// Today's date in UTC, YYYY-MM-DD.
std::string today();

}  // namespace assay::scenarios
