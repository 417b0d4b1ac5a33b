#pragma once

#include <optional>
#include <vector>

#include "scenarios/report/findings.h"
#include "scenarios/report/verdict_words.h"

namespace assay::scenarios {

/// What the attacks found over all systems: "3 of 4 systems leak; not broken: Noise of 0.1."
/// `state` is leaks, holds (every system was tried and none broken) or open. Nothing if no attack
/// counts its successes.
std::optional<VerdictWords> finding_words(const std::vector<ThreatFinding>& found);

}  // namespace assay::scenarios
