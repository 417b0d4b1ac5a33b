#pragma once

#include <memory>

#include "core/training/train_spec.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Turns secret gradients into new secret parameters; keeps whatever state its rule needs. The
/// rules are those of core/training/optimizer.h.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Replaces the values of `parameters`, which are the same leaves at every step. The gradient is
  /// `scale` times `gradients`: a loss leaves its division by the batch to the step's one scaling.
  /// State is kept in the unit of `gradients`, so that small gradients lose no bits; `scale` may
  /// differ between steps.
  ///
  /// Errors: std::invalid_argument unless there is a gradient of each parameter's shape and
  /// scale > 0.
  void step(Protocol& p, const std::vector<Variable>& parameters,
            const std::vector<Secret>& gradients, double scale = 1.0);

 private:
  /// What is taken off the parameters w, for gradients g; both as one vector.
  virtual Secret change(Protocol& p, const Secret& w, const Secret& g, double scale) = 0;
};

/// sgd   Error of a step: 1 unit in the last place of a parameter, and lr scale units for the
///       velocity. Dealt wires: no message. Domain: weights, velocities and the gradients given
///       below 2^(54-2f).
/// adam  The second moment v is kept at 20 fraction bits (f if that is more), and what divides is
///       sqrt(v + max(epsilon^2, 2^-20)): smaller roots than 2^-10, in the unit of the gradients
///       given, count as that. Domain: those gradients below 2^11. Error of a step, relative to
///       the largest change lr: 2^-9 + |g| 2^-f for gradients above 2^-4; and 1 unit in the last
///       place. Rounds: 1 for the square, those of inverse_sqrt, 1 for the product.
std::unique_ptr<Optimizer> make_secret_optimizer(const OptimizerOptions& options);

}  // namespace assay::mpc::nn
