#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// e^x, 0 for x < -21. Domain: x <= (62 - 2f) ln 2, 20.7 at f = 16, and |x| below 2^(62-2f).
/// Relative error 2^-15 + 2^-f, and two units in the last place.
/// `highest`: a bound on x that the caller knows; below 4.8 half of the work goes away.
Secret exp(Protocol& p, const Secret& x, double highest = 20.7);

}  // namespace assay::mpc
