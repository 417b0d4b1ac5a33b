#pragma once

#include <vector>

#include "dp/gradients/layer_gradient.h"
#include "dp/gradients/taped_layer.h"

namespace assay::dp {

/// The per-example gradients of one layer's parameters, each in the form that costs least.
///
/// - Linear, SelfAttention, GraphConv: Products.
/// - Lstm, Gru: Products over the steps, with the gates before their functions.
/// - Conv1d, Conv2d: WindowProducts, or InstantiatedWindows, as in groups and ConvTranspose2d.
/// - Embedding: Lookups.
/// - LayerNorm, GroupNorm, Offset, Gain: Instantiated.
/// - Any other: one_example_at_a_time().
///
/// A weight that a layer uses at several steps (Lstm, Gru) or places (convolutions) has one
/// gradient, the sum over them, of which the norm is taken. Of a parameter that other layers use
/// too (Node::shared) these are one layer's part: BookKeeping adds the parts up before the norm.
std::vector<LayerGradient> layer_gradients(const Layer& layer, const Parameters& parameters,
                                           const TapedLayer& taped);

/// For layers without a rule of their own: the layer alone is computed once more, with parameters
/// of its own for each example, so that their gradients are the examples' own. Memory batch times
/// the parameters.
std::vector<LayerGradient> one_example_at_a_time(const Layer& layer, const Parameters& parameters,
                                                 const TapedLayer& taped);

}  // namespace assay::dp
