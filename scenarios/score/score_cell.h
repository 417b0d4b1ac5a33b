#pragma once

#include <nlohmann/json.hpp>

#include "scenarios/run/job.h"

namespace assay::scenarios {

/// Holds the evidence of an attack against the truth: the only place that has both.
///
/// Writes pictures for the gallery under job.output. Returns {"units": [...], "notes": {...}}: for
/// every unit (a victim, or a class) the value of each metric and of each metric's null, what an
/// attacker without the view gets. A unit whose attack diverged has the metrics' worst values, not
/// none.
nlohmann::json run_score_cell(const Job& job, const Spec& spec);

}  // namespace assay::scenarios
