#pragma once

#include <nlohmann/json.hpp>

#include "core/system.h"

namespace assay::scenarios {

/// A claim as results.json has it; an epsilon of null says that nothing is guaranteed.
/// `simulated`: the run is repeatable, so that whoever knows its seed knows its noise.
nlohmann::json claim_json(const PrivacyClaim& claim, bool simulated);

}  // namespace assay::scenarios
