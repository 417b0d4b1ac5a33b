#include "mpc/additive/session.h"

#include <ATen/ops/zeros.h>

#include "mpc/additive/random_words.h"
#include "mpc/tensor_messages.h"

namespace assay::mpc::additive {

std::vector<Receipt> Session::from_others(const Tag& tag, at::IntArrayRef sizes) {
  std::vector<Pending> pending;
  for (Rank peer = 0; peer < parties_; ++peer) {
    if (peer != rank()) pending.push_back(wire_.receive(peer, tag, bytes_of(sizes)));
  }
  return wire_.wait(pending);
}

at::Tensor Session::open(Group group, const std::string& label, const at::Tensor& share) {
  const auto tag = next(label);
  if (!computes()) return at::zeros(share.sizes(), at::kLong);
  const auto own = share.contiguous();
  for (Rank peer = 0; peer < parties_; ++peer) {
    if (peer != rank()) send_words(wire_, peer, tag, own);
  }
  auto all = own;
  for (const auto& message : from_others(tag, own.sizes()))
    all = combine(group, all, words_of(rank(), message, own.sizes()));
  return all;
}

std::vector<at::Tensor> Session::gather(Rank to, const std::string& label,
                                        const at::Tensor& words) {
  const auto tag = next(label);
  if (!computes()) return {};
  if (rank() != to) {
    send_words(wire_, to, tag, words);
    return {};
  }
  std::vector<at::Tensor> all(static_cast<std::size_t>(parties_), words);
  for (const auto& message : from_others(tag, words.sizes()))
    all[static_cast<std::size_t>(message.from())] = words_of(rank(), message, words.sizes());
  return all;
}

at::Tensor Session::broadcast(Rank owner, const std::string& label, const at::Tensor& words) {
  const auto tag = next(label);
  if (!computes()) return at::zeros(words.sizes(), at::kLong);
  if (rank() != owner) return receive_words(wire_, owner, tag, words.sizes());
  for (Rank peer = 0; peer < parties_; ++peer) {
    if (peer != owner) send_words(wire_, peer, tag, words);
  }
  return words;
}

}  // namespace assay::mpc::additive
