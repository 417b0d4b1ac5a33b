#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/models/forward.h"
#include "dp/gradients/clipping.h"

namespace assay::dp {

/// A layer with parameters at work on a batch.
struct TapedLayer {
  ParameterLayer which;
  /// What its weights multiply and what came of it, product by product: one for most layers, of
  /// SelfAttention, Lstm and Gru those of LayerContext::products. Of `out` the gradients are asked.
  /// Of one model: `in` [batch, ...], `out` as of_batch() takes it apart.
  std::vector<at::Tensor> in, out;
  at::Tensor states;     ///< Lstm: what it gave, [batch, T, hidden]
  bool picture = false;  ///< `out` is [batch, ...] and not [1, batch, ...]

  /// [batch, ...] of an entry of `out` or of its gradient.
  at::Tensor of_batch(const at::Tensor& out) const { return picture ? out : out.squeeze(0); }
};

/// What a backward pass needs for per-example gradients.
struct Tape {
  at::Tensor logits;  ///< [batch, outputs]
  std::vector<TapedLayer> layers;
};

/// The forward pass of a batch, differentiable in what each layer's parameters give and not in the
/// parameters: their gradients are never computed, since a sum over the batch is of no use.
///
/// Shapes: inputs [batch, input_shape...]
Tape taped_forward(const ModelSpec& spec, const std::vector<ParameterLayer>& layers,
                   const Parameters& parameters, const at::Tensor& inputs);

}  // namespace assay::dp
