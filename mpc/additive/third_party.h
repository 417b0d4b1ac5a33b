#pragma once

#include <memory>

#include "core/net/network.h"
#include "core/random/csprng.h"
#include "mpc/additive/provider.h"

namespace assay::mpc::additive {

/// A dealer who takes no part in the computation: the network's last rank. It runs the same program
/// as the parties, on masks alone, and sees no opening: alone it learns nothing, with any one party
/// everything.
///
/// Every party gets a 128-bit seed and expands its shares from it; of what the dealer computes,
/// party 0 gets a correction, 8 bytes for each word, in Phase::offline. The dealer waits for
/// nobody. `own` is the dealer's randomness; the parties' is not used. Cost: 1 message of 16 bytes
/// to each party, in Phase::setup.
std::unique_ptr<Provider> third_party(Party& party, const Csprng& own);

}  // namespace assay::mpc::additive
