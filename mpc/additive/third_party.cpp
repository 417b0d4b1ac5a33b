#include "mpc/additive/third_party.h"

#include "mpc/additive/corrections.h"
#include "mpc/additive/seeds.h"
#include "mpc/tensor_messages.h"

namespace assay::mpc::additive {
namespace {

Tag correction(std::uint64_t sequence) {
  return {Phase::offline, "correction", sequence};
}

}  // namespace

std::unique_ptr<Provider> third_party(Party& party, const Csprng& own) {
  auto& wire = party.wire;
  const Rank dealer = party.size - 1;
  if (party.rank != dealer) {
    return receiver_of_corrections(
        party.rank, receive_seed(party, dealer),
        [&wire, dealer, sequence = std::uint64_t{0}](at::IntArrayRef sizes) mutable {
          return receive_words(wire, dealer, correction(sequence++), sizes);
        });
  }
  auto seeds = own.child("seeds");
  std::vector<Csprng> parties;
  for (Rank to = 0; to < dealer; ++to)
    parties.push_back(send_seed(party, seeds, to));
  return dealer_of_corrections(
      std::move(parties), [&wire, sequence = std::uint64_t{0}](const at::Tensor& words) mutable {
        send_words(wire, 0, correction(sequence++), words);
      });
}

}  // namespace assay::mpc::additive
