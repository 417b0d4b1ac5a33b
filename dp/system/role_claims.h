#pragma once

#include "core/system.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// What the training guarantees against each role that exists in it, of what it released. The noise
/// that a role faces is another one (accounting/roles.h); without any noise there is nothing to
/// claim.
std::vector<PrivacyClaim> role_claims(const Setup& setup, const std::vector<History>& histories);

}  // namespace assay::dp
