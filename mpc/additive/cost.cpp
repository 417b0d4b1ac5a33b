#include "mpc/additive/cost.h"

namespace assay::mpc::additive {

Cost Costs::opening(std::int64_t elements) const {
  return {.rounds = 1, .bytes = 8 * elements * parties_ * (parties_ - 1)};
}

/// The owner tells everyone.
Cost Costs::input(std::int64_t elements) const {
  return {.rounds = 1, .bytes = 8 * elements * (parties_ - 1)};
}

Cost Costs::reveal_to(std::int64_t elements) const {
  return input(elements);
}

/// Rows of bits are packed, 64 elements to a word.
Cost Costs::bits(std::int64_t rows, std::int64_t elements) const {
  return opening(rows * ((elements + 63) / 64));
}

/// Each level opens the bits that enter its products: of a group of g, g eqs and g - 1 lts; without
/// an lt to compute only the eqs, and without an eq to compute one eq less.
Cost Costs::comparison(std::int64_t nibbles, bool less, std::int64_t elements) const {
  Cost cost;
  for (auto k = nibbles; k > 1; k = (k + 3) / 4) {
    std::int64_t rows = 0;
    for (auto left = k; left > 1; left -= 4) {
      const auto g = left < 4 ? left : 4;
      const bool last = left <= 4;
      rows += less ? (last ? 2 * g - 2 : 2 * g - 1) : g;
    }
    cost = cost + bits(rows, elements);
  }
  return cost;
}

Cost Costs::truncate_exactly(std::int64_t elements, int bits_truncated) const {
  return opening(elements) + comparison((bits_truncated + 3) / 4, true, elements) +
         bits(1, elements);
}

Cost Costs::is_negative(std::int64_t elements) const {
  return comparison(16, true, elements) + bits(1, elements);
}

Cost Costs::is_zero(std::int64_t elements) const {
  return comparison(16, false, elements) + bits(1, elements);
}

Cost Costs::conjunction(std::int64_t elements) const {
  return bits(1, elements);
}

}  // namespace assay::mpc::additive
