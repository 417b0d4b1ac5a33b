#include "core/net/collectives.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <cstring>

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

at::Tensor all_reduce_naive(Transport& wire, const Tag& tag, const at::Tensor& local) {
  const auto mine = local.contiguous();
  const auto bytes =
      std::as_bytes(std::span(static_cast<const char*>(mine.data_ptr()), mine.nbytes()));
  auto sum = at::zeros_like(mine);
  Rank from = 0;
  for (const auto& payload : all_gather(wire, tag, bytes, mine.nbytes())) {
    if (payload.size() != mine.nbytes()) {
      throw TransportError(fmt::format("rank {}: {}: expected {} bytes from rank {}, got {}",
                                       wire.rank(), to_string(tag), mine.nbytes(), from,
                                       payload.size()));
    }
    auto term = at::empty_like(mine);
    if (!payload.empty()) std::memcpy(term.mutable_data_ptr(), payload.data(), payload.size());
    sum += term;
    ++from;
  }
  return sum;
}

}  // namespace assay
