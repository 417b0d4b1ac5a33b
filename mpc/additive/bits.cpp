#include <ATen/ExpandUtils.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include "mpc/additive/additive.h"

#include "mpc/kernels/bit_slices.h"

namespace assay::mpc::additive {
namespace {

/// Packed bits as numbers 0 and 1 of the given shape.
at::Tensor unpack(const at::Tensor& packed, at::IntArrayRef sizes) {
  auto out = at::empty(sizes, at::kLong);
  const auto* from = packed.const_data_ptr<std::int64_t>();
  auto* to = out.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    to[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(from[i / 64]) >> (i % 64) & 1);
  return out;
}

}  // namespace

Bits Additive::seal(const at::Tensor& packed_share, at::IntArrayRef sizes) {
  const auto mask = session_.provider().draw(Group::exclusive_or, packed_share.sizes());
  const auto open = session_.open(Group::exclusive_or, "bit", packed_share.bitwise_xor(mask.share));
  return {.parts = {open, mask.share, mask.value}, .sizes = sizes.vec()};
}

Bits Additive::exclusive_or(const Bits& x, const Bits& y) {
  require_same_shape(x, y);
  Bits out = x;
  for (std::size_t i = 0; i < 3; ++i) {
    if (x.parts[i].defined()) out.parts[i] = x.parts[i].bitwise_xor(y.parts[i]);
  }
  return out;
}

Bits Additive::negation(const Bits& x) {
  Bits out = x;
  out.parts[0] = x.parts[0].bitwise_not();
  return out;
}

/// (X + a)(Y + b) = X Y + X b + a Y + a b over GF(2).
Bits Additive::conjunction(const Bits& x, const Bits& y) {
  require_same_shape(x, y);
  const auto &X = x.parts[0], &a = x.parts[1], &Y = y.parts[0], &b = y.parts[1];
  auto share = session_.provider().deal(Group::exclusive_or, X.sizes(),
                                        [&] { return x.parts[2].bitwise_and(y.parts[2]); });
  share = share.bitwise_xor(X.bitwise_and(session_.adds_public() ? b.bitwise_xor(Y) : b))
              .bitwise_xor(a.bitwise_and(Y));
  return seal(share, x.sizes);
}

/// b = B xor s = B + (1 - 2 B) s for a public B.
Secret Additive::to_number(const Bits& x, int fraction_bits) {
  auto& provider = session_.provider();
  const auto s = [&] { return unpack(x.parts[2], x.sizes); };
  const auto B = unpack(x.parts[0], x.sizes);
  const auto one = (1 - 2 * B).bitwise_left_shift(fraction_bits);
  Secret out;
  out.fraction_bits = fraction_bits;
  out.parts[0] = B.bitwise_left_shift(fraction_bits);
  out.parts[1] = one * provider.deal(Group::sum, x.sizes, s);
  out.dealt = provider.follows_openings();
  if (out.dealt && provider.deals()) out.parts[2] = one * s();
  return out;
}

/// With x = X + m:  b x = B X + B m + (1 - 2 B) (X s + m s).
Product Additive::select(const Bits& bit, const Secret& x_in) {
  const auto x = masked(x_in);
  auto& provider = session_.provider();
  const auto s = [&] { return unpack(bit.parts[2], bit.sizes); };
  const auto &X = x.parts[0], &m = x.parts[1];
  const auto B = unpack(bit.parts[0], bit.sizes);
  const auto s_share = provider.deal(Group::sum, bit.sizes, s);
  const auto sizes = at::infer_size(bit.sizes, x.sizes());
  const auto ms_share = provider.deal(Group::sum, sizes, [&] { return x.parts[2] * s(); });
  Product out;
  out.fraction_bits = x.fraction_bits;
  out.parts[0] = B * X;
  out.parts[1] = B * m + (1 - 2 * B) * (X * s_share + ms_share);
  return out;
}

}  // namespace assay::mpc::additive
