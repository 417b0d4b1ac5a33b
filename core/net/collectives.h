#pragma once

#include <ATen/core/Tensor.h>

#include "core/net/transport.h"

namespace assay {

/// Collectives over point-to-point messages. Every party calls them with the same arguments; each
/// message carries the given tag. Rounds: the longest chain of dependent messages.

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

/// The sum over all parties of a float32, float64 or int64 tensor of one shape, added in rank
/// order, so that every party gets the same bits (int64 wraps modulo 2^64). Naive: an all_gather.
/// Cost: 1 round; each party sends (size - 1) tensors.
/// Errors: TransportError if a peer's tensor has another size.
at::Tensor all_reduce_naive(Transport& wire, const Tag& tag, const at::Tensor& local);

}  // namespace assay
