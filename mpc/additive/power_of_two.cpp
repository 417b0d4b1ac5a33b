#include <fmt/format.h>

#include <cmath>

#include "mpc/additive/additive.h"

namespace assay::mpc::additive {
namespace {

constexpr int kWholeBits = 6;
constexpr std::int64_t kSlots = 1 << kWholeBits, kOffset = kSlots / 2;  // y + 32 in [1, 63)
constexpr int kMaskBits = 22;                                           // fraction bits of 2^-lo(r)
constexpr int kSmallBelow = 7;  // exponents below are computed at a finer scale
constexpr int kFine = 30, kCoarse = 9;

/// 2^(d - 32) or 2^(d + 32) as y + 32 = d or d + 64: below 0 in the first case y would lie outside.
double factor(std::int64_t d) {
  return d == 0 ? 0.0 : std::exp2(static_cast<double>(d > 0 ? d - kOffset : d + kOffset));
}

/// What the dealer multiplies: 2^-lo(r) at the slot hi(r), 0 at the others; [slots, elements].
at::Tensor slots_of(const at::Tensor& r, int fraction_bits) {
  const auto low = r.bitwise_and((std::int64_t{1} << fraction_bits) - 1).to(at::kDouble);
  const auto scaled =
      (at::exp2(-low * std::ldexp(1.0, -fraction_bits)) * std::ldexp(1.0, kMaskBits)).round();
  const auto slot = r.bitwise_right_shift(fraction_bits).bitwise_and(kSlots - 1);
  auto out = at::zeros({kSlots, r.numel()}, at::kLong);
  out.scatter_(0, slot.reshape({1, -1}), scaled.to(at::kLong).reshape({1, -1}));
  return out;
}

Secret unopened(at::Tensor share, int fraction_bits) {
  const auto nothing = at::zeros_like(share);
  return {{.parts = {nothing, std::move(share), {}}, .fraction_bits = fraction_bits}};
}

}  // namespace

/// With y + 32 = C - r modulo 64 and C = (hi, lo) at the binary point,
///   2^y = 2^lo(C) sum over k of 2^(hi(C) - k -+ 32) (2^-lo(r) [hi(r) = k]):
/// public factors times a dealt vector. A borrow out of the fraction halves 2^(lo(C) - lo(r)) and
/// so accounts for itself. The vector is long, and the computation needs no message until its
/// truncation. (Lookups with dealt unit vectors: Damgard, Nielsen, Nielsen, Ranellucci,
/// "TinyTable", ePrint 2016/695; Curl uses them for activations.)
Secret Additive::power_of_two(const Secret& y_in, int highest) {
  const int f = y_in.fraction_bits;
  if (highest > 30 || highest < -30)
    throw std::invalid_argument(
        fmt::format("power_of_two: expected a highest exponent of -30 to 30, got {}", highest));
  const auto y = masked(y_in);
  const auto n = y.numel();
  const auto C = (y.parts[0] + (kOffset << f)).reshape({n});
  const auto low =
      (C.bitwise_and((std::int64_t{1} << f) - 1).to(at::kDouble) * std::ldexp(1.0, -f)).exp2();
  const auto whole = C.bitwise_right_shift(f).bitwise_and(kSlots - 1);
  const auto dealt = session_.provider().deal(
      Group::sum, {kSlots, n}, [&] { return slots_of(y.parts[2].neg().reshape({n}), f); });

  // factor(hi(C) - k) for every k and element, at both scales.
  const bool large = highest >= kSmallBelow;
  auto fine = at::zeros({n}, at::kLong), coarse = at::zeros({large ? n : 0}, at::kLong);
  std::vector<double> table;
  for (std::int64_t d = -(kSlots - 1); d < kSlots; ++d)
    table.push_back(factor(d));
  const auto factors = at::tensor(table, at::kDouble);
  for (std::int64_t k = 0; k < kSlots; ++k) {
    const auto exact = factors.index_select(0, whole - k + (kSlots - 1)) * low;
    const auto small = exact < std::exp2(kSmallBelow);
    fine +=
        dealt[k] * (at::where(small, exact, 0.0) * std::ldexp(1.0, kFine)).round().to(at::kLong);
    if (large) {
      const auto fits = small.logical_not().logical_and(exact < std::exp2(31));
      coarse +=
          dealt[k] * (at::where(fits, exact, 0.0) * std::ldexp(1.0, kCoarse)).round().to(at::kLong);
    }
  }

  // Both under fresh masks in one message, after which truncating needs none.
  const auto [a, b] =
      masked(unopened(fine, kMaskBits + kFine), unopened(coarse, kMaskBits + kCoarse));
  auto sum = truncate(Product{a}, a.fraction_bits - f);
  if (large) sum = add(sum, truncate(Product{b}, b.fraction_bits - f));
  return reshape(sum, y_in.sizes());
}

}  // namespace assay::mpc::additive
