#include "core/training/local_step.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/autograd.h>

namespace assay {
namespace {

Parameters leaves(const Parameters& parameters) {
  Parameters out;
  for (const auto& parameter : parameters)
    out.push_back(parameter.detach().requires_grad_(true));
  return out;
}

}  // namespace

LossAndGradient loss_and_gradient(const ModelSpec& spec, const Parameters& parameters, Loss loss,
                                  const at::Tensor& inputs, const at::Tensor& labels) {
  const auto w = leaves(parameters);
  const auto mean = per_example_loss(loss, forward(spec, w, inputs), labels).mean();
  return {mean.item<double>(), torch::autograd::grad({mean}, w)};
}

Parameters differentiable_gradient(const ModelSpec& spec, const Parameters& parameters,
                                   const SoftBatch& batch) {
  Parameters w;
  for (const auto& parameter : parameters) {
    w.push_back(parameter.requires_grad() ? parameter : parameter.detach().requires_grad_(true));
  }
  const auto logits = forward_many(spec, w, batch.inputs);
  // Clients do not share parameters: the gradient of the sum holds each client's own.
  const auto loss = soft_cross_entropy(logits, batch.targets).mean(-1).sum();
  return torch::autograd::grad({loss}, w, {}, /*retain_graph=*/true, /*create_graph=*/true);
}

Parameters simulate_local_steps(const ModelSpec& spec, const Parameters& parameters,
                                const std::vector<SoftBatch>& batches, double lr) {
  Parameters w = parameters;
  for (const auto& batch : batches) {
    const auto gradient = differentiable_gradient(spec, w, batch);
    for (std::size_t i = 0; i < w.size(); ++i)
      w[i] = w[i] - lr * gradient[i];
  }
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = w[i] - parameters[i];
  return w;
}

}  // namespace assay
