#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// Sorting by counting: an entry's place is the number of those that come before it. All pairs are
/// compared side by side, so the rounds do not depend on the number K of entries: those of less, 1
/// for the values, and 1 where the dealer follows no openings. Work and bytes grow as K^2: K (K -
/// 1) / 2 comparisons. Exact and stable: of equal ones the first comes first.

struct Sorted {
  Secret values;
  Secret indices;  ///< where each stood: whole numbers (0 fraction bits)
};

/// Along a dimension of at most 2^20 entries. Errors: std::invalid_argument for more.
Sorted sort(Protocol& p, const Secret& x, std::int64_t dim, bool descending = false);
/// The k largest, largest first. Errors: std::invalid_argument unless 1 <= k <= K.
Sorted top_k(Protocol& p, const Secret& x, std::int64_t k, std::int64_t dim);

}  // namespace assay::mpc
