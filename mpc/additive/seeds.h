#pragma once

#include "core/net/network.h"
#include "core/random/csprng.h"

namespace assay::mpc::additive {

/// Both ends of a seed expand the same words from it.

/// What both ends draw from a seed.
Csprng expand(const Key& seed);

/// The dealer's end: draws a 128-bit seed for `to` and sends it.
Csprng send_seed(Party& dealer, Csprng& seeds, Rank to);
/// The party's end. Errors: TransportError if the message is not a seed.
Csprng receive_seed(Party& party, Rank dealer);

}  // namespace assay::mpc::additive
