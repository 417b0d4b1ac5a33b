#pragma once

#include <memory>

#include "core/models/forward.h"
#include "core/training/train_spec.h"

namespace assay {

/// Turns gradients into new parameters; keeps whatever state its rule needs.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Updates `parameters` in place.
  virtual void step(Parameters& parameters, const Parameters& gradients) = 0;
};

/// SGD with momentum, Nesterov momentum and (coupled) weight decay, or Adam (Kingma and Ba, 2015),
/// each with the update rule of its PyTorch namesake.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options);

}  // namespace assay
