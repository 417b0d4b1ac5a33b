#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "mpc/additive/additive.h"

namespace assay::mpc::additive {
namespace {

constexpr std::int64_t kTop = std::int64_t{1} << 62;
constexpr std::int64_t kLow63 = 0x7fffffffffffffff;

/// Bit 63, as 0 or 1.
at::Tensor top_bit(const at::Tensor& words) {
  return (words < 0).to(at::kLong);
}

/// Bits `bits` to 62, moved down.
at::Tensor high_part(const at::Tensor& words, int bits) {
  return words.bitwise_and(kLow63).bitwise_right_shift(bits);
}

void require(int bits) {
  if (bits < 1 || bits > 62)
    throw std::invalid_argument(fmt::format("expected to truncate by 1 to 62 bits, got {}", bits));
}

}  // namespace

/// Catrina and de Hoogh's truncation with the correction of the most significant bit (Escudero et
/// al., ePrint 2020/338, section 5.1). With z = x + 2^62 in [0, 2^63), C = z + r public and
/// r dealt,
///   z / 2^m = hi(C) - hi(r) + 2^(63-m) (C_63 xor r_63),   hi(v) = (v mod 2^63) / 2^m,
/// but for a carry out of the lower m bits, whose chance is (x mod 2^m) / 2^m for a uniform r.
Secret Additive::truncate_with_correction(const Product& x, int bits) {
  const auto wire = masked(Secret{x});
  auto& provider = session_.provider();
  const auto C = wire.parts[0] + kTop;
  const auto r = [&] { return wire.parts[2].neg(); };
  const auto high = provider.deal(Group::sum, C.sizes(), [&] { return high_part(r(), bits); });
  const auto wrap = provider.deal(Group::sum, C.sizes(),
                                  [&] { return top_bit(r()).bitwise_left_shift(63 - bits); });
  const auto sign = 1 - 2 * top_bit(C);  // xor with a public bit is linear
  Secret out;
  out.fraction_bits = x.fraction_bits - bits;
  out.parts[0] = high_part(C, bits) + top_bit(C).bitwise_left_shift(63 - bits) -
                 (std::int64_t{1} << (62 - bits));
  out.parts[1] = sign * wrap - high;
  out.dealt = provider.follows_openings();
  if (out.dealt && provider.deals()) {
    out.parts[2] = sign * top_bit(r()).bitwise_left_shift(63 - bits) - high_part(r(), bits);
  }
  return out;
}

Secret Additive::truncate(const Product& x, int bits) {
  require(bits);
  switch (options_.truncation) {
    case Truncation::msb_corrected:
      return truncate_with_correction(x, bits);
    case Truncation::exact:
      return truncate_exactly(x, bits);
    case Truncation::local:
      return truncate_locally(x, bits);
    case Truncation::wraps:
      return truncate_by_wraps(x, bits);
  }
  throw std::logic_error("a truncation is missing");
}

/// The carry is [C mod 2^m < r mod 2^m].
Secret Additive::truncate_exactly(const Product& x, int bits) {
  require(bits);
  const auto wire = masked(Secret{x});
  const auto near = truncate_with_correction(Product{wire}, bits);
  const std::int64_t low = (std::int64_t{1} << bits) - 1;
  Difference lowest{wire.parts[0].bitwise_and(low), {}};
  if (wire.parts[2].defined()) lowest.r = wire.parts[2].neg().bitwise_and(low);
  auto carry = to_number(seal(compare(lowest, (bits + 3) / 4, Predicate::less), x.sizes()), 0);
  carry.fraction_bits = near.fraction_bits;  // a unit in the last place
  return subtract(near, carry);
}

}  // namespace assay::mpc::additive
