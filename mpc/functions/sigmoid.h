#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// 1 / (1 + e^-x) over the whole domain. Absolute error 2^-14.
Secret sigmoid(Protocol& p, const Secret& x);
/// tanh x = 2 sigmoid(2 x) - 1. Absolute error 2^-13.
Secret tanh(Protocol& p, const Secret& x);
/// x sigmoid(x). Absolute error |x| 2^-14.
Secret silu(Protocol& p, const Secret& x);

}  // namespace assay::mpc
