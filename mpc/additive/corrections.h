#pragma once

#include <memory>
#include <vector>

#include "core/random/csprng.h"
#include "mpc/additive/provider.h"

namespace assay::mpc::additive {

/// A dealer outside the computation, and its receivers: both ends expand each party's seed, and of
/// what the dealer computes, party 0 gets a correction, 8 bytes for each word. How seeds and
/// corrections travel is the caller's: as messages (third_party()) or in files (files/).

/// The dealer's end; it sees no opening. `parties`: each one's seed, expanded; `send`: a
/// correction's way to party 0.
std::unique_ptr<Provider> dealer_of_corrections(std::vector<Csprng> parties,
                                                std::function<void(const at::Tensor&)> send);

/// A party's end. `correction`: the next one, of that shape; asked for at party 0 alone.
std::unique_ptr<Provider> receiver_of_corrections(
    int rank, Csprng shares, std::function<at::Tensor(at::IntArrayRef)> correction);

}  // namespace assay::mpc::additive
