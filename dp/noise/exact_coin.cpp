#include "dp/noise/exact_coin.h"

namespace assay::dp {
namespace {

/// exp(-numerator / denominator) for a fraction of at most 1: k is the first for which a coin of
/// fraction / k fails; it is odd with this probability, by the series of the exponential function.
bool exp_coin_below_one(Csprng& draws, Whole numerator, Whole denominator) {
  bool odd = true;
  for (Whole k = 1; below(draws, denominator * k) < numerator; ++k)
    odd = !odd;
  return odd;
}

}  // namespace

// By rejection: what is left over above the largest multiple of the bound is drawn again.
Whole below(Csprng& draws, Whole bound) {
  if (bound <= ~std::uint64_t{0}) {
    const auto small = static_cast<std::uint64_t>(bound);
    const auto surplus = (std::uint64_t{0} - small) % small;  // 2^64 mod bound
    while (true) {
      const std::uint64_t word = draws();
      if (word >= surplus) return word % small;
    }
  }
  const Whole surplus = (Whole{0} - bound) % bound;  // 2^128 mod bound
  while (true) {
    const Whole word = (Whole{draws()} << 64) | draws();
    if (word >= surplus) return word % bound;
  }
}

bool exp_coin(Csprng& draws, Whole numerator, Whole denominator) {
  for (; numerator > denominator; numerator -= denominator) {
    if (!exp_coin_below_one(draws, 1, 1)) return false;
  }
  return exp_coin_below_one(draws, numerator, denominator);
}

}  // namespace assay::dp
