#pragma once

#include <vector>

#include "core/models/layer_forward.h"
#include "dp/gradients/layer_gradient.h"
#include "dp/gradients/parameter_uses.h"
#include "dp/gradients/taped_layer.h"

namespace assay::dp {

/// The gradients of one layer's parameters for each example of a batch.
struct PerExample {
  std::vector<LayerGradient> parts;  ///< none if the losses do not depend on the layer
  at::Tensor square_norms;           ///< |g_il|^2, float64 [batch]
};

/// One forward and one backward pass over a batch, and of each layer what a gradient that is
/// clipped later is made of: book-keeping (Bu et al., arXiv 2210.00038).
///
/// Parameters are not differentiated: their gradients would be sums over the batch, of no use. A
/// layer's rule is applied as soon as its gradients have arrived, so that what it does not need is
/// freed on the way back. The gradients of a parameter that several layers share are made of each
/// example and added up, since the norm of their sum is no sum of theirs.
class BookKeeping {
 public:
  /// The forward pass. inputs [batch, input_shape...]; `uses` are the model's. The arguments must
  /// outlive it.
  BookKeeping(const ModelSpec& spec, const ParameterUses& uses, const Parameters& parameters,
              const at::Tensor& inputs);
  BookKeeping(const BookKeeping&) = delete;

  const at::Tensor& logits() const { return logits_; }

  /// The backward pass from the examples' losses [batch], once: one entry for each of
  /// parameter_layers(spec).
  std::vector<PerExample> backward(const at::Tensor& losses);

  /// Of the backward pass, what the layers' rules took.
  double rule_seconds() const { return rule_seconds_; }

 private:
  struct Taped {
    TapedLayer layer;
    std::vector<std::vector<std::int64_t>> sizes;  ///< of what came of each product
    bool picture = false;                          ///< [batch, ...] and not [1, batch, ...]
  };

  void tape(std::size_t node, const ManyValues& in, ManyValues& out,
            const std::vector<Product>& products);
  void watch(std::size_t layer, at::Tensor out);
  void arrived(std::size_t layer, std::size_t product, const at::Tensor& gradient);
  void apply_rule(std::size_t layer);
  /// To the result of its parameters' layer.
  void keep(std::size_t parameter, LayerGradient part);

  const ModelSpec& spec_;
  const ParameterUses& uses_;
  const Parameters& parameters_;
  at::Tensor logits_;
  std::vector<Taped> tape_;
  std::vector<at::Tensor> leaves_;  ///< what does not depend on another watched tensor
  std::vector<PerExample> result_;
  Parameters tied_;  ///< of each tied parameter the sum so far, [batch, entries]
  double rule_seconds_ = 0.0;
};

}  // namespace assay::dp
