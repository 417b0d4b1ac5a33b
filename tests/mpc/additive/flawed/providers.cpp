#include "tests/mpc/additive/flawed/providers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/any.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include <cstring>

#include "core/random/keystream.h"
#include "mpc/additive/random_words.h"
#include "mpc/words.h"

namespace assay::mpc::additive::flawed {

Dealt TripleUsedTwice::draw(Group group, at::IntArrayRef sizes) {
  const std::pair key(group, sizes.vec());
  if (const auto kept = last_.find(key); kept != last_.end()) {
    const auto again = kept->second;
    last_.erase(kept);
    return again;
  }
  return last_.emplace(key, Passing::draw(group, sizes)).first->second;
}

Dealt BiasedMask::draw(Group group, at::IntArrayRef sizes) {
  constexpr std::int64_t kLow62 = 0x3fffffffffffffff;
  auto fresh = Passing::draw(group, sizes);
  if (group != Group::sum) return fresh;
  const auto own = fresh.share.bitwise_and(kLow62);
  if (fresh.value.defined()) fresh.value = own + (fresh.value - fresh.share).bitwise_and(kLow62);
  fresh.share = own;
  return fresh;
}

namespace {

Keystream stream_of_short_seed(std::uint32_t seed) {
  std::array<std::byte, Key::kBytes> bytes{};
  std::memcpy(bytes.data(), &seed, sizeof seed);
  return Keystream(Key(bytes));
}

/// A mask of the same shape, expanded from its own first 32 bits.
at::Tensor expand_from_short_seed(const at::Tensor& mask) {
  if (mask.numel() == 0) return mask;
  auto out = at::empty(mask.sizes(), at::kLong);
  stream_of_short_seed(static_cast<std::uint32_t>(words(mask)[0]))
      .fill(std::as_writable_bytes(mutable_words(out)));
  return out;
}

}  // namespace

std::uint64_t first_word_of_short_seed(std::uint32_t seed) {
  std::uint64_t word = 0;
  stream_of_short_seed(seed).fill(std::as_writable_bytes(std::span(&word, 1)));
  return word;
}

Dealt ShortSeeds::draw_for(int owner, at::IntArrayRef sizes) {
  auto drawn = Passing::draw_for(owner, sizes);
  if (drawn.value.defined()) drawn.value = expand_from_short_seed(drawn.value);
  // The owner's share is all of the mask; everybody else's is zero.
  if (at::any(drawn.share).item<bool>()) drawn.share = expand_from_short_seed(drawn.share);
  return drawn;
}

namespace {

Dealt without_dealers_share(Group group, Dealt drawn) {
  if (!drawn.value.defined()) return drawn;
  return {at::zeros_like(drawn.share), remove(group, drawn.value, drawn.share)};
}

}  // namespace

Dealt MissingShare::draw(Group group, at::IntArrayRef sizes) {
  return without_dealers_share(group, Passing::draw(group, sizes));
}

Dealt MissingShare::draw_for(int owner, at::IntArrayRef sizes) {
  return without_dealers_share(Group::sum, Passing::draw_for(owner, sizes));
}

}  // namespace assay::mpc::additive::flawed
