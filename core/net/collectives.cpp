#include "core/net/collectives.h"

namespace assay {

std::vector<Receipt> broadcast(Transport& wire, Rank root, const Tag& tag,
                               std::span<const std::byte> payload, std::size_t max_bytes) {
  if (wire.rank() != root) return {wire.wait(wire.receive(root, tag, max_bytes))};
  std::vector<Receipt> sent;
  for (Rank to = 0; to < wire.size(); ++to) {
    if (to != root) sent.push_back(wire.send(to, tag, payload));
  }
  return sent;
}

std::vector<Receipt> gather(Transport& wire, Rank root, const Tag& tag,
                            std::span<const std::byte> payload, std::size_t max_bytes) {
  if (wire.rank() != root) {
    wire.send(root, tag, payload);
    return {};
  }
  std::vector<Pending> pending;
  for (Rank from = 0; from < wire.size(); ++from) {
    if (from != root) pending.push_back(wire.receive(from, tag, max_bytes));
  }
  return wire.wait(pending);
}

std::vector<Bytes> all_gather(Transport& wire, const Tag& tag, std::span<const std::byte> payload,
                              std::size_t max_bytes) {
  std::vector<Pending> pending;
  for (Rank peer = 0; peer < wire.size(); ++peer) {
    if (peer == wire.rank()) continue;
    pending.push_back(wire.receive(peer, tag, max_bytes));
    wire.send(peer, tag, payload);
  }
  std::vector<Bytes> all(static_cast<std::size_t>(wire.size()));
  all[static_cast<std::size_t>(wire.rank())] = Bytes(payload.begin(), payload.end());
  for (const auto& received : wire.wait(pending)) {
    all[static_cast<std::size_t>(received.from())] = received.payload();
  }
  return all;
}

}  // namespace assay
