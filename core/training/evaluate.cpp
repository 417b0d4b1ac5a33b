#include "core/training/evaluate.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "core/training/loss.h"

namespace assay {

at::Tensor logits_of(const Model& model, const at::Tensor& inputs) {
  constexpr std::int64_t kSlice = 256;
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> parts;
  for (std::int64_t i = 0; i < inputs.size(0); i += kSlice) {
    parts.push_back(forward(model.spec, model.parameters,
                            inputs.slice(0, i, std::min(i + kSlice, inputs.size(0)))));
  }
  return parts.empty() ? at::empty({0, model.spec.outputs}) : at::cat(parts);
}

double accuracy(const Model& model, const Dataset& data) {
  if (data.size() == 0) return 0.0;
  const auto predicted = predictions(logits_of(model, data.inputs));
  return predicted.eq(data.labels).to(at::kDouble).mean().item<double>();
}

double rmse(const Model& model, const Dataset& data) {
  if (data.size() == 0) return 0.0;
  const auto error = logits_of(model, data.inputs) - data.targets;
  return error.to(at::kDouble).square().mean().sqrt().item<double>();
}

}  // namespace assay
