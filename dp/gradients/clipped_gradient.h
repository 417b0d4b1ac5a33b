#pragma once

#include <ATen/core/Tensor.h>

#include "core/training/loss.h"
#include "dp/gradients/clipped_sum.h"
#include "dp/gradients/clipping.h"
#include "dp/gradients/parameter_uses.h"

namespace assay::dp {

/// Where a step's time went, in seconds; calls add to it.
struct PhaseTimes {
  double forward = 0.0, backward = 0.0, norms = 0.0, clip = 0.0;
};

/// Sums of clipped per-example gradients. Made once per run.
///
/// A parameter that several layers share has one gradient, the sum over its uses. It is made of
/// each example: memory micro-batch times the parameter.
class ClippedGradient {
 public:
  /// `micro_batch`: examples that are worked on at once, which bounds the memory; 0: all.
  /// Errors: std::invalid_argument for a model with a layer that mixes examples (BatchNorm), naming
  /// the layer and its replacement (replace.h), and for options that do not fit.
  ClippedGradient(ModelSpec spec, Loss loss, ClippingOptions options, std::int64_t micro_batch = 0);

  /// Shapes: inputs [batch, input_shape...], labels as per_example_loss() takes them; a batch of 0
  /// gives zeros.
  /// Errors: std::invalid_argument if the shapes do not fit the model.
  ClippedSum operator()(const Parameters& parameters, const at::Tensor& inputs,
                        const at::Tensor& labels, PhaseTimes* times = nullptr) const;

  const ModelSpec& spec() const { return spec_; }
  const ClippingOptions& options() const { return options_; }
  double sensitivity() const { return options_.sensitivity(spec_); }
  /// Adaptive clipping moves C between steps. Errors: std::invalid_argument, also with layer_norms.
  void set_clip_norm(double clip_norm);

 private:
  void check(const Parameters& parameters, const at::Tensor& inputs,
             const at::Tensor& labels) const;
  /// Adds the next micro-batch.
  void add(ClippedSum& out, const Parameters& parameters, const at::Tensor& inputs,
           const at::Tensor& labels, PhaseTimes& times) const;

  ModelSpec spec_;
  Loss loss_;
  ClippingOptions options_;
  std::int64_t micro_batch_;
  ParameterUses uses_;
  std::vector<ParameterSpec> parameters_;
};

}  // namespace assay::dp
