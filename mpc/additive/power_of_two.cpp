#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/exp2.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <cmath>

#include "mpc/additive/additive.h"
#include "mpc/additive/unopened.h"
#include "mpc/kernels/power_slots.h"
#include "mpc/words.h"

namespace assay::mpc::additive {
namespace {

constexpr std::int64_t kOffset = kPowerSlots / 2;  // y + 32 lies in [1, 63)
constexpr int kMaskBits = 22;                      // fraction bits of 2^-lo(r)
constexpr int kLowBits = 30;                       // and of 2^lo(C)
constexpr std::int64_t kAtOnce = 2048;             // elements whose slots, 1 MiB, stay in a cache

/// What the dealer multiplies: 2^-lo(r) at the slot hi(r), 0 at the others; [slots, elements].
at::Tensor slots_of(const at::Tensor& r, int fraction_bits) {
  const auto low = r.bitwise_and((std::int64_t{1} << fraction_bits) - 1).to(at::kDouble);
  const auto scaled =
      (at::exp2(-low * std::ldexp(1.0, -fraction_bits)) * std::ldexp(1.0, kMaskBits)).round();
  const auto slot = r.bitwise_right_shift(fraction_bits).bitwise_and(kPowerSlots - 1);
  auto out = at::zeros({kPowerSlots, r.numel()}, at::kLong);
  out.scatter_(0, slot.reshape({1, -1}), scaled.to(at::kLong).reshape({1, -1}));
  return out;
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
  const auto fraction = C.bitwise_and((std::int64_t{1} << f) - 1).to(at::kDouble);
  const auto low =
      ((fraction * std::ldexp(1.0, -f)).exp2() * std::ldexp(1.0, kLowBits)).round().to(at::kLong);
  const auto whole = C.bitwise_right_shift(f).bitwise_and(kPowerSlots - 1);
  const bool large = highest >= kPowerSmall;
  auto fine = at::empty({n}, at::kLong), coarse = at::empty({large ? n : 0}, at::kLong);
  for (std::int64_t begin = 0; begin < n; begin += kAtOnce) {
    const auto count = std::min(kAtOnce, n - begin);
    const auto part = [&](const at::Tensor& all) { return all.narrow(0, begin, count); };
    const auto slots = session_.provider().deal(Group::sum, {kPowerSlots, count}, [&] {
      return slots_of(part(y.parts[2].reshape({n})).neg(), f);
    });
    auto fine_part = part(fine), coarse_part = large ? part(coarse) : coarse;
    power_sums(words(slots), words(part(whole)), words(part(low)), mutable_words(fine_part),
               mutable_words(coarse_part));
  }

  // Both under fresh masks in one message, after which truncating needs none.
  const auto [a, b] = masked(unopened<Secret>(fine, kMaskBits + kPowerFine),
                             unopened<Secret>(coarse, kMaskBits + kPowerCoarse));
  auto sum = truncate(Product{a}, a.fraction_bits - f);
  if (large) sum = add(sum, truncate(Product{b}, b.fraction_bits - f));
  return reshape(sum, y_in.sizes());
}

}  // namespace assay::mpc::additive
