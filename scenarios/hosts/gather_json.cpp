#include "scenarios/hosts/gather_json.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::scenarios {
namespace {

constexpr std::size_t kMostBytes = 4096;

nlohmann::json object_of(const Receipt& receipt) {
  const auto* bytes = reinterpret_cast<const char*>(receipt.payload().data());
  auto theirs = nlohmann::json::parse(bytes, bytes + receipt.payload().size(), nullptr, false);
  if (!theirs.is_object()) {
    throw TransportError(fmt::format("rank 0: {} of rank {}: expected a JSON object",
                                     to_string(receipt.tag()), receipt.from()));
  }
  return theirs;
}

}  // namespace

nlohmann::json gather_json(TcpNetwork& network, const nlohmann::json& own) {
  auto all = nlohmann::json::array();
  const auto lost = network.lost();
  network.run([&](Party& party) {
    const Tag tag{Phase::release, "totals", 0};
    if (party.rank != 0) {
      const auto text = own.dump();
      party.wire.send(0, tag, std::as_bytes(std::span(text)));
      return;
    }
    all.push_back(own);
    std::vector<Pending> pending;
    for (Rank rank = 1; rank < party.size; ++rank) {
      if (std::find(lost.begin(), lost.end(), rank) == lost.end())
        pending.push_back(party.wire.receive(rank, tag, kMostBytes));
    }
    for (const auto& receipt : party.wire.wait(pending))
      all.push_back(object_of(receipt));
  });
  return all;
}

}  // namespace assay::scenarios
