#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// max(x, 0), exact; the gradient is exact too, and 0 at 0 as LibTorch's. The comparison is made
/// once: its bits select the gradient as well. Rounds on dealt wires: is_negative's and 1; 1 back.
Variable relu(Protocol& p, const Variable& x);

/// 1 / (1 + e^-x). Absolute error 2^-14, and |g| 2^-14 + 2 units in the last place in the gradient.
/// Rounds back: 2.
Variable sigmoid(Protocol& p, const Variable& x);

/// tanh x. Absolute error 2^-13, and |g| 2^-12 + 2 units in the last place in the gradient.
/// Rounds back: 2.
Variable tanh(Protocol& p, const Variable& x);

}  // namespace assay::mpc::nn
