#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// sin x and cos x, x in radians, over the whole domain: the angle is reduced exactly. Absolute
/// error one unit in the last place, and |x| 2^-28 for the rounding of 1 / (2 pi). 1 round on dealt
/// wires.
Secret sin(Protocol& p, const Secret& x);
Secret cos(Protocol& p, const Secret& x);
/// Both at the price of one.
UnitCircle circle(Protocol& p, const Secret& x);

}  // namespace assay::mpc
