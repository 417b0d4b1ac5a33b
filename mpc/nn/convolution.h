#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Convolutions beside conv2d (layers.h), as LibTorch's namesakes. Errors, forward and for each
/// gradient: 1 unit in the last place. Rounds on dealt wires: 1 forward, and 1 for all gradients.

/// x [N, C, L], weight [O, C / groups, k], bias [O] -> [N, O, L'].
/// Errors: std::invalid_argument if the shapes do not fit.
Variable conv1d(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                const Convolution& how = {});

/// x [N, C, H, W], weight [C, O / groups, kh, kw], bias [O] -> [N, O, H', W'], with
/// H' = (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1.
/// Errors: std::invalid_argument if the shapes do not fit, or unless output_padding < stride.
Variable conv_transpose2d(Protocol& p, const Variable& x, const Variable& weight,
                          const Variable& bias, const Convolution& how = {},
                          std::int64_t output_padding = 0);

/// x [N, C, L], weight [C, O / groups, k], bias [O] -> [N, O, L'].
Variable conv_transpose1d(Protocol& p, const Variable& x, const Variable& weight,
                          const Variable& bias, const Convolution& how = {},
                          std::int64_t output_padding = 0);

}  // namespace assay::mpc::nn
