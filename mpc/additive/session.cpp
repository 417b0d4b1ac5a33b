#include "mpc/additive/session.h"

#include <fmt/format.h>

#include <cstring>

#include "mpc/additive/random_words.h"

namespace assay::mpc::additive {
namespace {

std::span<const std::byte> bytes_of(const at::Tensor& contiguous) {
  return std::as_bytes(std::span(contiguous.const_data_ptr<std::int64_t>(),
                                 static_cast<std::size_t>(contiguous.numel())));
}

}  // namespace

at::Tensor Session::received(const Receipt& message, const at::Tensor& like) const {
  if (message.payload().size() != like.nbytes()) {
    throw TransportError(fmt::format("rank {}: {}: expected {} bytes from rank {}, got {}", rank(),
                                     to_string(message.tag()), like.nbytes(), message.from(),
                                     message.payload().size()));
  }
  auto words = at::empty(like.sizes(), at::kLong);
  if (words.numel() > 0)
    std::memcpy(words.mutable_data_ptr(), message.payload().data(), like.nbytes());
  return words;
}

at::Tensor Session::open(Group group, const std::string& label, const at::Tensor& share) {
  const auto tag = next(label);
  auto all = share.contiguous();
  const auto bytes = bytes_of(all);
  std::vector<Pending> pending;
  for (Rank peer = 0; peer < parties_; ++peer) {
    if (peer == rank()) continue;
    wire_.send(peer, tag, bytes);
    pending.push_back(wire_.receive(peer, tag, bytes.size()));
  }
  const auto own = all;
  for (const auto& message : wire_.wait(pending))
    all = combine(group, all, received(message, own));
  return all;
}

at::Tensor Session::open_to(Rank to, const std::string& label, const at::Tensor& share) {
  const auto tag = next(label);
  const auto own = share.contiguous();
  if (rank() != to) {
    wire_.send(to, tag, bytes_of(own));
    return {};
  }
  std::vector<Pending> pending;
  for (Rank peer = 0; peer < parties_; ++peer) {
    if (peer != to) pending.push_back(wire_.receive(peer, tag, own.nbytes()));
  }
  auto all = own;
  for (const auto& message : wire_.wait(pending))
    all = all + received(message, own);
  return all;
}

at::Tensor Session::broadcast(Rank owner, const std::string& label, const at::Tensor& words) {
  const auto tag = next(label);
  const auto own = words.contiguous();
  if (rank() != owner) return received(wire_.wait(wire_.receive(owner, tag, own.nbytes())), own);
  for (Rank peer = 0; peer < parties_; ++peer) {
    if (peer != owner) wire_.send(peer, tag, bytes_of(own));
  }
  return own;
}

}  // namespace assay::mpc::additive
