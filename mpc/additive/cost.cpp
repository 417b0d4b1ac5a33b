#include "mpc/additive/cost.h"

#include "mpc/kernels/bit_slices.h"
#include "mpc/kernels/less_than.h"

namespace assay::mpc::additive {

Cost Costs::opening(std::int64_t elements) const {
  return {.rounds = 1, .bytes = 8 * elements * parties_ * (parties_ - 1)};
}

/// The owner tells everyone.
Cost Costs::input(std::int64_t elements) const {
  return {.rounds = 1, .bytes = 8 * elements * (parties_ - 1)};
}

/// Rows of bits are packed, 64 elements to a word.
Cost Costs::bits(std::int64_t rows, std::int64_t elements) const {
  return opening(rows * slice_blocks(elements));
}

/// Each level opens the variables of its groups, and takes the products of their masks.
Cost Costs::comparison(std::int64_t nibbles, bool less, std::int64_t elements) const {
  const auto blocks = slice_blocks(elements);
  auto cost = dealt(nibbles * kNibbleProducts * blocks);
  for (auto k = nibbles; k > 1; k = (k + 3) / 4) {
    std::int64_t rows = 0, products = 0;
    for (const auto& group : join_groups(k, less)) {
      rows += group.variables();
      products += static_cast<std::int64_t>(group.dealt().size());
    }
    cost = cost + bits(rows, elements) + dealt(products * blocks);
  }
  return cost;
}

Cost Costs::truncate_exactly(std::int64_t elements, int bits_truncated) const {
  return truncate(elements) + comparison((bits_truncated + 3) / 4, true, elements) +
         bits(1, elements) + to_number(elements);
}

Cost Costs::is_negative(std::int64_t elements) const {
  return comparison(16, true, elements) + bits(1, elements) + dealt(slice_blocks(elements));
}

Cost Costs::is_zero(std::int64_t elements) const {
  return comparison(16, false, elements) + bits(1, elements);
}

Cost Costs::conjunction(std::int64_t elements) const {
  return bits(1, elements) + dealt(slice_blocks(elements));
}

Cost Costs::power_of_two(std::int64_t elements, bool large) const {
  const auto scales = large ? 2 : 1;
  return opening(scales * elements) + dealt((64 + 2 * scales) * elements);
}

/// Carries and what they run through, and in the last of six levels the carries alone.
Cost Costs::prefix_sum(std::int64_t elements) const {
  auto cost = conjunction_of_words(elements);
  for (int level = 0; level < 5; ++level)
    cost = cost + conjunction_of_words(2 * elements);
  return cost;
}

}  // namespace assay::mpc::additive
