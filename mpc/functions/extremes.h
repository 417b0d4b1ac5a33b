#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// The larger of both, element by element; broadcast.
Secret maximum(Protocol& p, const Secret& x, const Secret& y);
Secret minimum(Protocol& p, const Secret& x, const Secret& y);

/// The largest along a dimension, which goes away. A tree: ceil(log2 K) comparisons deep, K - 1 in
/// all; nothing is computed of where the largest stands.
Secret max(Protocol& p, const Secret& x, std::int64_t dim);
Secret min(Protocol& p, const Secret& x, std::int64_t dim);

/// Where the largest or the smallest stands along a dimension, which goes away: a whole number (0
/// fraction bits), of equal ones the first. Less than max_with_index by the last level's selection.
Secret argmax(Protocol& p, const Secret& x, std::int64_t dim);
Secret argmin(Protocol& p, const Secret& x, std::int64_t dim);

/// The largest and where it stands, as a one-hot vector along `dim` (whole numbers); of equal ones
/// the first.
struct Extreme {
  Secret value;
  Secret one_hot;
  /// The place as a number: no message.
  Secret index(std::int64_t dim) const;
};
Extreme max_with_index(Protocol& p, const Secret& x, std::int64_t dim);
Extreme min_with_index(Protocol& p, const Secret& x, std::int64_t dim);

}  // namespace assay::mpc
