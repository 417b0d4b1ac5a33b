#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Pooling over square windows, [N, C, H, W] -> [N, C, H', W'], with
/// H' = (H + 2 padding - kernel) / stride + 1. Windows may overlap or leave rows and columns over.
/// Errors: std::invalid_argument for another shape, a window that does not fit, or unless
/// 0 <= padding <= kernel / 2.

/// Padding counts as zeros. Error: 1 unit in the last place, and so for each window in the
/// gradient. No message on dealt wires.
Variable average_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride,
                      std::int64_t padding = 0);

/// Padding is smaller than every number below 2^(60-f). Exact, and so is the gradient, which flows
/// to the first of the largest. That place is found once, as a one-hot vector that the gradient is
/// multiplied with. Rounds: ceil(log2 kernel^2) times a comparison, a selection and a product; 1
/// back.
Variable max_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride,
                  std::int64_t padding = 0);

/// The same without a place and a gradient, and so without the products: for evaluation.
Secret max_pool(Protocol& p, const Secret& x, std::int64_t kernel, std::int64_t stride,
                std::int64_t padding = 0);

/// The mean of each channel: [N, C, ...] -> [N, C]. Error: 1 unit in the last place, in the
/// gradient too. No message on dealt wires.
Variable global_average_pool(Protocol& p, const Variable& x);

}  // namespace assay::mpc::nn
