#include "scenarios/hosts/gather_json.h"

#include <fmt/format.h>

#include "core/net/collectives.h"

namespace assay::scenarios {
namespace {

constexpr std::size_t kMostBytes = 4096;

}  // namespace

nlohmann::json gather_json(TcpNetwork& network, const nlohmann::json& own) {
  auto all = nlohmann::json::array();
  network.run([&](Party& party) {
    const auto text = own.dump();
    const auto received = gather(party.wire, 0, {Phase::release, "totals", 0},
                                 std::as_bytes(std::span(text)), kMostBytes);
    if (party.rank != 0) return;
    all.push_back(own);
    for (const auto& receipt : received) {
      const auto* bytes = reinterpret_cast<const char*>(receipt.payload().data());
      auto theirs = nlohmann::json::parse(bytes, bytes + receipt.payload().size(), nullptr, false);
      if (!theirs.is_object()) {
        throw TransportError(fmt::format("rank 0: {} of rank {}: expected a JSON object",
                                         to_string(receipt.tag()), receipt.from()));
      }
      all.push_back(std::move(theirs));
    }
  });
  return all;
}

}  // namespace assay::scenarios
