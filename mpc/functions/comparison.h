#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// Comparisons of numbers below 2^62 in the ring, exact, and what is made of them. Rounds do not
/// depend on the number of parties.

Bits less(Protocol& p, const Secret& x, const Secret& y);
Bits greater(Protocol& p, const Secret& x, const Secret& y);
Bits less_equal(Protocol& p, const Secret& x, const Secret& y);
Bits greater_equal(Protocol& p, const Secret& x, const Secret& y);
Bits equal(Protocol& p, const Secret& x, const Secret& y);
Bits not_equal(Protocol& p, const Secret& x, const Secret& y);

/// 1, or -1 for negative numbers; 0 counts as positive.
Secret sign(Protocol& p, const Secret& x);
Secret absolute(Protocol& p, const Secret& x);
Secret relu(Protocol& p, const Secret& x);
/// x where the bit is 1, else y.
Secret where(Protocol& p, const Bits& bit, const Secret& x, const Secret& y);
/// The nearest number in [low, high].
Secret clamp(Protocol& p, const Secret& x, double low, double high);

}  // namespace assay::mpc
