#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/models/spec.h"

namespace assay {

/// An activation of `models` models at once. Pictures are kept as [batch, models * channels,
/// height, width], the layout in which many convolutions are one grouped convolution; all else as
/// [models, batch, ...], in which many products are one batched product.
struct ManyValues {
  at::Tensor tensor;
  bool picture = false;
};

/// y = x W^T + b within a layer.
struct Product {
  at::Tensor in, out;  ///< [models, batch, ..., in], [models, batch, ..., out]
};

/// What a layer is computed with, for `models` models.
struct LayerContext {
  const std::vector<at::Tensor>& parameters;  ///< of the model, each [models, shape...]
  const std::vector<at::Tensor>* statistics;  ///< of BatchNorms; null: those of the batch
  std::int64_t models = 1, batch = 1;
  std::size_t next_statistic = 0;  ///< the next unused one
  /// Where given, the products of Linear, SelfAttention, Lstm (with its input) and Gru (with its
  /// input, then with each state) are appended. Their outputs require gradients: these and the
  /// inputs are all that gradients of W and b are made of.
  std::vector<Product>* products = nullptr;
};

/// [models, batch, shape...], whatever the layout.
at::Tensor apart(const LayerContext& context, const ManyValues& value);

/// The output of one layer for the values of its inputs. `parameters`: its entry of
/// parameter_indices().
ManyValues layer_forward(LayerContext& context, const Layer& layer,
                         const std::vector<std::size_t>& parameters,
                         const std::vector<ManyValues>& in);

}  // namespace assay
