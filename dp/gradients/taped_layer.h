#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <vector>

namespace assay::dp {

/// A layer with parameters at work on a batch: what its weights multiplied, and the gradient of the
/// sum of the examples' losses in what came of it.
///
/// Product by product: one for most layers (its input and its output), of Linear, SelfAttention,
/// Lstm and Gru those of LayerContext::products.
struct TapedLayer {
  std::size_t node = 0;
  std::vector<std::size_t> parameters;    ///< its entry of parameter_indices()
  std::vector<at::Tensor> in, gradients;  ///< [batch, ...]
  at::Tensor states;                      ///< Lstm: what it gave, [batch, T, hidden]
};

}  // namespace assay::dp
