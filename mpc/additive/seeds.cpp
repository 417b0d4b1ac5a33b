#include "mpc/additive/seeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace assay::mpc::additive {
namespace {

const Tag kSeed{Phase::setup, "dealer_seed", 0};

}  // namespace

Csprng expand(const Key& seed) {
  return Csprng(seed, "dealt shares");
}

Csprng send_seed(Party& dealer, Csprng& seeds, Rank to) {
  std::array<std::byte, Key::kBytes> seed;
  seeds.fill(seed);
  dealer.wire.send(to, kSeed, seed);
  return expand(Key(seed));
}

Csprng receive_seed(Party& party, Rank dealer) {
  const auto message = party.wire.wait(party.wire.receive(dealer, kSeed, Key::kBytes));
  if (message.payload().size() != Key::kBytes) {
    throw TransportError(fmt::format("rank {}: {}: expected {} bytes from rank {}, got {}",
                                     party.rank, to_string(kSeed), Key::kBytes, dealer,
                                     message.payload().size()));
  }
  std::array<std::byte, Key::kBytes> seed;
  std::copy(message.payload().begin(), message.payload().end(), seed.begin());
  return expand(Key(seed));
}

}  // namespace assay::mpc::additive
