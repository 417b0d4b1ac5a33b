#pragma once

#include <cstdint>

namespace assay::stats {

/// A count of successes among n units. n = 0 is allowed: nothing was measured.
struct Rate {
  std::int64_t successes = 0;
  std::int64_t n = 0;
};

/// Errors: std::invalid_argument unless 0 <= successes <= n.
void require_rate(const Rate& rate);

}  // namespace assay::stats
