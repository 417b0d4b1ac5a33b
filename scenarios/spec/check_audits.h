#pragma once

#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// A probe with canaries: there must be room for them. `path`: of the probe.
/// Errors: SpecError.
void check_canaries(const Spec& spec, const std::string& path, const ProbeSection& probe);

/// An audit holds a claim against coins: what is planted must fit the attack, who guesses must
/// stand for a role of the claims, and every system must make claims. `path`: of the attack.
/// Errors: SpecError.
void check_audit(const Spec& spec, const std::string& path, const AttackSection& attack);

}  // namespace assay::scenarios
