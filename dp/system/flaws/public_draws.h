#pragma once

#include <nlohmann/json.hpp>

#include "dp/system/setup.h"

namespace assay::dp {

/// FOR AUDITS OF AUDITORS, NEVER IN USE. Of a training whose sampling seed is public, what
/// everybody can work out: the canaries that each step draws, [[canary, ...], ...], whatever their
/// coins say.
nlohmann::json public_draws(const Setup& setup, const Task& task);

}  // namespace assay::dp
