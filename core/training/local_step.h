#pragma once

#include "core/models/forward.h"
#include "core/training/train_spec.h"

namespace assay {

/// The mean loss of a batch and its gradient in the parameters.
struct LossAndGradient {
  double loss = 0.0;
  Parameters gradient;
};
LossAndGradient loss_and_gradient(const ModelSpec& spec, const Parameters& parameters, Loss loss,
                                  const at::Tensor& inputs, const at::Tensor& labels);

/// What a client sends after `local_steps` steps of plain SGD over its batches:
///
///   w_0 = parameters,  w_{k+1} = w_k - lr * grad L(w_k; batch_k),  update = w_steps - w_0
///
/// For many clients at once (the leading dimension), and differentiable through every step in the
/// inputs and the targets, so that an attacker can simulate it (Dimitrov et al., TMLR 2022).
///
/// Shapes:  parameters [clients, shape...]; batches[k].inputs [clients, batch, input_shape...],
///          batches[k].targets [clients, batch, outputs] (distributions over the classes)
struct SoftBatch {
  at::Tensor inputs, targets;
};
Parameters simulate_local_steps(const ModelSpec& spec, const Parameters& parameters,
                                const std::vector<SoftBatch>& batches, double lr);

/// The gradient of each client's mean soft cross entropy, as a graph that can be differentiated
/// again. Shapes as above; returns [clients, shape...].
Parameters differentiable_gradient(const ModelSpec& spec, const Parameters& parameters,
                                   const SoftBatch& batch);

}  // namespace assay
