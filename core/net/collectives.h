#pragma once

#include "core/net/transport.h"

namespace assay {

/// Collectives over point-to-point messages. Every party calls them with the same arguments; each
/// message carries the given tag. Rounds: the longest chain of dependent messages. Sums: reduce/.

/// The root's bytes to everyone. The root returns one receipt per message sent (by rank), the
/// others the one they received. Cost: 1 round; the root sends (size - 1) payloads.
std::vector<Receipt> broadcast(Transport& wire, Rank root, const Tag& tag,
                               std::span<const std::byte> payload, std::size_t max_bytes);

/// Everyone's bytes to the root, by rank (the root's own are not among them); empty elsewhere.
/// Cost: 1 round; each other party sends its payload.
std::vector<Receipt> gather(Transport& wire, Rank root, const Tag& tag,
                            std::span<const std::byte> payload, std::size_t max_bytes);

/// Everyone's bytes to everyone: result[r] is rank r's payload, one's own included.
/// Cost: 1 round; each party sends (size - 1) payloads.
std::vector<Bytes> all_gather(Transport& wire, const Tag& tag, std::span<const std::byte> payload,
                              std::size_t max_bytes);

}  // namespace assay
