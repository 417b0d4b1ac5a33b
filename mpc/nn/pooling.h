#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Pooling over square windows without padding, [N, C, H, W] -> [N, C, H', W'], with
/// H' = (H - kernel) / stride + 1. Windows may overlap or leave rows and columns over.
/// Errors: std::invalid_argument for another shape, or a window that does not fit.

/// Error: 1 unit in the last place, and so for each window in the gradient. No message on dealt
/// wires.
Variable average_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride);

/// Exact, and so is the gradient, which flows to the first of the largest. That place is found
/// once, as a one-hot vector that the gradient is multiplied with. Rounds: ceil(log2 kernel^2)
/// times a comparison, a selection and a product; 1 back.
Variable max_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride);

/// The same without a place and a gradient, and so without the products: for evaluation.
Secret max_pool(Protocol& p, const Secret& x, std::int64_t kernel, std::int64_t stride);

}  // namespace assay::mpc::nn
