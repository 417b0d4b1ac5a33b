#include <ATen/ExpandUtils.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "mpc/additive/additive.h"
#include "mpc/kernels/bit_slices.h"
#include "mpc/words.h"
#include "mpc/words_arithmetic.h"

namespace assay::mpc::additive {
namespace {

/// Bit `place` of every word, packed 64 to a word.
at::Tensor slice(const at::Tensor& of, int place) {
  const auto flat = of.contiguous();
  auto rows = at::empty({64, slice_blocks(of.numel())}, at::kLong);
  to_slices(words(flat), mutable_words(rows));
  return rows[place];
}

/// All bits of every word, as numbers 0 and 1 along a new last dimension.
at::Tensor bits_of(const at::Tensor& of) {
  return of.unsqueeze(-1).bitwise_right_shift(at::arange(64, at::kLong)).bitwise_and(1);
}

}  // namespace

Words Additive::seal_words(const at::Tensor& share) {
  const auto mask = session_.provider().draw(Group::exclusive_or, share.sizes());
  const auto open = session_.open(Group::exclusive_or, "words", share.bitwise_xor(mask.share));
  return {.parts = {open, mask.share, mask.value}};
}

/// Masked under exclusive or with what masks a ring element too: the owner knows it all.
Words Additive::input_words(Rank owner, const at::Tensor& all) {
  const auto mask = session_.provider().draw_for(owner, all.sizes());
  const auto open =
      session_.broadcast(owner, "words", rank() == owner ? all.bitwise_xor(mask.share) : all);
  return {.parts = {open, mask.share, mask.value}};
}

Words Additive::constant_words(const at::Tensor& all) {
  const auto zero = at::zeros(all.sizes(), at::kLong);
  return {.parts = {all, zero, session_.provider().deals() ? zero : at::Tensor()}};
}

Words Additive::exclusive_or(const Words& x, const at::Tensor& all) {
  return mpc::exclusive_or(x, constant_words(all.expand(at::infer_size(x.sizes(), all.sizes()))));
}

/// (X + a)(Y + b) = X Y + X b + a Y + a b over GF(2), in every bit.
at::Tensor Additive::conjunction_share(const Words& x, const Words& y) {
  const auto &X = x.parts[0], &a = x.parts[1], &Y = y.parts[0], &b = y.parts[1];
  const auto share =
      session_.provider().deal(Group::exclusive_or, at::infer_size(x.sizes(), y.sizes()),
                               [&] { return x.parts[2].bitwise_and(y.parts[2]); });
  return share.bitwise_xor(X.bitwise_and(session_.adds_public() ? b.bitwise_xor(Y) : b))
      .bitwise_xor(a.bitwise_and(Y));
}

Words Additive::conjunction(const Words& x, const Words& y) {
  return seal_words(conjunction_share(x, y));
}

/// x = X + m for a public X and an m whose bits are dealt: an addition with G = X m and P = X ^ m.
/// The dealer may not know X, and so no mask of X m. The first level is therefore opened as
///   G ^ P (G << 1) = X m ^ (X << 1) (P (m << 1)),   P (P << 1).
Words Additive::to_words(const Secret& x_in) {
  const auto x = masked(x_in);
  const auto& X = x.parts[0];
  Words m;
  m.parts[0] = at::zeros(x.sizes(), at::kLong);
  m.parts[1] = session_.provider().deal(Group::exclusive_or, x.sizes(), [&] { return x.parts[2]; });
  m.parts[2] = x.parts[2];
  const auto P = exclusive_or(m, X);
  const auto from_below =
      conjunction_share(P, shift_left(m, 1)).bitwise_and(X.bitwise_left_shift(1));
  const auto both = seal_words(at::stack(
      {m.parts[1].bitwise_and(X).bitwise_xor(from_below), conjunction_share(P, shift_left(P, 1))}));
  const auto half = [&](std::int64_t which) {
    Words out;
    for (std::size_t i = 0; i < 3; ++i) {
      if (both.parts[i].defined()) out.parts[i] = both.parts[i].select(0, which);
    }
    return out;
  };
  return prefix_sum(*this, {half(0), half(1), 2}, P);
}

/// Bit k is X_k xor s_k = X_k + (1 - 2 X_k) s_k for a public X_k:  x = X + sum 2^k (1 - 2 X_k) s_k.
Secret Additive::to_number(const Words& x, int fraction_bits) {
  auto& provider = session_.provider();
  const auto weights = (1 - 2 * bits_of(x.parts[0])).bitwise_left_shift(at::arange(64, at::kLong));
  const auto s = [&] { return bits_of(x.parts[2]); };
  Secret out;
  out.fraction_bits = fraction_bits;
  out.parts[0] = x.parts[0];
  out.parts[1] = (weights * provider.deal(Group::sum, weights.sizes(), s)).sum(-1);
  out.dealt = provider.follows_openings();
  if (out.dealt && provider.deals()) out.parts[2] = (weights * s()).sum(-1);
  return out;
}

Bits Additive::bit(const Words& x, int place) {
  if (place < 0 || place > 63)
    throw std::invalid_argument(fmt::format("expected a bit from 0 to 63, got {}", place));
  Bits out{.parts = {}, .sizes = x.sizes().vec()};
  for (std::size_t i = 0; i < 3; ++i) {
    if (x.parts[i].defined()) out.parts[i] = slice(x.parts[i], place);
  }
  return out;
}

}  // namespace assay::mpc::additive
