#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Layers with weights. Errors, forward and for each gradient: 1 unit in the last place, since the
/// bias is added to the sums of products before their one truncation.
/// Rounds on dealt wires: 1 forward, and 1 for all gradients together.

/// x [..., in], weight [out, in], bias [out] -> x weight^T + bias [..., out].
/// Errors: std::invalid_argument if the shapes do not fit.
Variable linear(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias);

/// x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] -> [N, O, H', W'].
/// Errors: std::invalid_argument if the shapes do not fit.
Variable conv2d(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                const Convolution& how = {});

}  // namespace assay::mpc::nn
