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

  /// What the next step depends on besides its arguments, to go on with after an interruption.
  virtual Parameters state() const = 0;
  /// Errors: std::invalid_argument for what state() of this rule cannot have given.
  virtual void restore(const Parameters& state) = 0;
};

/// SGD with momentum, Nesterov momentum and (coupled) weight decay, or Adam (Kingma and Ba, 2015),
/// each with the update rule of its PyTorch namesake.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options);

}  // namespace assay
