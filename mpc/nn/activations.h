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

/// x, or slope x below 0. Error: 1 unit in the last place, in the gradient too. Rounds: relu's; 1
/// back.
Variable leaky_relu(Protocol& p, const Variable& x, double slope = 0.01);

/// The nearest number in [low, high]; exact, and so is the gradient, 0 outside and at the ends, as
/// LibTorch's. Both ends are compared at once: rounds as relu's; 1 back.
/// Errors: std::invalid_argument unless low < high.
Variable hardtanh(Protocol& p, const Variable& x, double low = -1.0, double high = 1.0);
Variable relu6(Protocol& p, const Variable& x);

/// x Phi(x), the exact form. Absolute error (1 + |x|) 2^-13; of the gradient |g| (1 + |x|) 2^-12,
/// from the exponential that erf computes anyway. Rounds back: 2.
Variable gelu(Protocol& p, const Variable& x);

/// x sigmoid(x). Absolute error |x| 2^-14 and 1 unit in the last place; of the gradient |g| (1 +
/// |x|) 2^-13. Rounds back: 3.
Variable silu(Protocol& p, const Variable& x);

/// Along a dimension. Absolute errors: functions/softmax.h's; of the gradients, for gradients below
/// g, 2^-12 K g. Rounds back: 2 and 2.
Variable softmax(Protocol& p, const Variable& x, std::int64_t dim);
Variable log_softmax(Protocol& p, const Variable& x, std::int64_t dim);

}  // namespace assay::mpc::nn
