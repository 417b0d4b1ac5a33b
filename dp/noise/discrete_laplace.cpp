#include "dp/noise/discrete_laplace.h"

#include "dp/noise/exact_coin.h"

namespace assay::dp {

std::int64_t discrete_laplace(Csprng& draws, std::int64_t scale) {
  const auto t = static_cast<Whole>(scale);
  while (true) {
    const auto rest = below(draws, t);
    if (!exp_coin(draws, rest, t)) continue;
    Whole laps = 0;
    while (exp_coin(draws, 1, 1))
      ++laps;
    const auto size = static_cast<std::int64_t>(rest + t * laps);
    const bool negative = (draws() & 1) != 0;
    if (negative && size == 0) continue;  // else zero would come twice as often
    return negative ? -size : size;
  }
}

}  // namespace assay::dp
