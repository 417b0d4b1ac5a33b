#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// Norms over dimensions, which go away unless they are kept.

/// The sum of magnitudes: exact. Domain: sums below 2^(62-2f).
Secret norm_l1(Protocol& p, const Secret& x, at::IntArrayRef dims, bool keep = false);
/// The root of the sum of squares. Domain: norms below 2^(31-f). Relative error 2^-15, and 2 units
/// in the last place, and what the sum's last unit makes of the root: min(2^-f / norm, 2^(-f/2)).
Secret norm_l2(Protocol& p, const Secret& x, at::IntArrayRef dims, bool keep = false);
/// norm_l2 of all entries: a single number.
Secret norm_frobenius(Protocol& p, const Secret& x);
/// The largest magnitude along one dimension: exact.
Secret norm_max(Protocol& p, const Secret& x, std::int64_t dim);

}  // namespace assay::mpc
