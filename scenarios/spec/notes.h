#pragma once

#include <string>
#include <vector>

#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// What is allowed in a scenario, and what its reader should know all the same: a sentence each,
/// with the system's id.
std::vector<std::string> notes_on(const Spec& spec);

/// Errors: std::invalid_argument for a system that processes of their own alone can train.
void require_one_process(const Spec& spec);

}  // namespace assay::scenarios
