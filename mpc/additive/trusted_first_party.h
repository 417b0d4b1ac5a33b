#pragma once

#include <memory>

#include "core/net/network.h"
#include "core/random/csprng.h"
#include "mpc/additive/provider.h"

namespace assay::mpc::additive {

/// Party 0 deals (as CrypTen's TrustedFirstParty does): fast, and for development only, because
/// party 0 knows every mask and so learns every value that enters a non-linear operation.
///
/// Each other party gets a 128-bit seed from party 0 and expands its shares from it; party 0 takes
/// what is left, so that nothing is sent after the seeds.
/// `own` is party 0's randomness; the others' is not used.
/// Cost: 1 message of 16 bytes to each other party, in Phase::setup.
std::unique_ptr<Provider> trusted_first_party(Party& party, const Csprng& own);

}  // namespace assay::mpc::additive
