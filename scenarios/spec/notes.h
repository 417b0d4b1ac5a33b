#pragma once

#include <string>
#include <vector>

#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// What is allowed in a scenario, and what its reader should know all the same: a sentence each,
/// with the system's id.
std::vector<std::string> notes_on(const Spec& spec);

}  // namespace assay::scenarios
