#pragma once

#include <cstdint>

namespace assay::dp {

/// Whether the norm of sum_t G_t A_t^T, T steps of [in] and [out], is better found from Gram
/// matrices than from the sum itself.
///
/// Both forms lead to the clipped sum with as many multiply-adds; Gram matrices take T^2 (in + out)
/// more, and the sum itself must be written and read, as it is of each example, which takes as long
/// as some 16 multiply-adds for each of its in * out numbers. It must not take more than twice the
/// memory of A and G either. Where memory alone counts the rule is 2 T^2 <= in * out (Bu et al.,
/// arXiv 2210.00038, section 3.2).
inline bool ghost_is_cheaper(std::int64_t steps, std::int64_t in, std::int64_t out) {
  const auto sum = in * out, both = steps * (in + out);
  return steps == 1 || steps * both <= 16 * sum || sum > 2 * both;
}

}  // namespace assay::dp
