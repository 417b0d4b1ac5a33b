#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "dp/gradients/clipping.h"

namespace assay::dp {

/// A layer with parameters at work on a batch: what its weights multiplied, and the gradient of the
/// sum of the examples' losses in what came of it.
///
/// Product by product: one for most layers (its input and its output), of Linear, SelfAttention,
/// Lstm and Gru those of LayerContext::products.
struct TapedLayer {
  ParameterLayer which;
  std::vector<at::Tensor> in, gradients;  ///< [batch, ...]
  at::Tensor states;                      ///< Lstm: what it gave, [batch, T, hidden]
};

}  // namespace assay::dp
