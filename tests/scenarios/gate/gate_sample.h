#pragma once

#include "scenarios/gate/gate.h"

namespace assay::scenarios {

/// A scenario, `gate`, of two systems: rates of an attack on 12 victims with fresh models
/// (tolerance 0.3), of another on victims who share one (0.2), accuracies over five seeds (0.05),
/// distances that only inform, and bytes.
extern const char* const kGateScenario;
const Spec& gate_spec();

/// A row of it. 0/1 units: the first `hits[s]` of `per_seed` are 1 in seed s + 1.
Row fresh_row(const std::string& system, std::int64_t hits, std::int64_t n = 12);
Row shared_row(const std::string& system, const std::vector<std::int64_t>& hits,
               std::int64_t per_seed = 10);
Row accuracy_row(const std::string& system, const std::vector<double>& by_seed);
Row distance_row(const std::string& system, double value);
Row bytes_row(const std::string& system, const std::vector<double>& by_seed);

/// Its usual results: complete, controls met. The attacks break `plain` and hardly touch `noise`.
Results gate_results();
/// Replaces the row with the same id. Errors: std::out_of_range if there is none.
void put(Results& results, const Row& row);

/// The baseline that `assay baseline save` would make of some results.
Baseline baseline_of(const Results& results);

/// What the gate says, in the baseline's environment.
GateVerdict judged(const Results& results, const Baseline& baseline, GateOptions options = {},
                   const Spec& spec = gate_spec());
RowVerdict verdict_of(const GateVerdict& verdict, const std::string& id);

}  // namespace assay::scenarios
