#include "dp/system/descent.h"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <stdexcept>

#include "core/update/update.h"

namespace assay::dp {

Descent::Descent(const Setup& setup, const TrainSpec& how, Parameters start)
    : setup_(setup), weights_(std::move(start)), optimizer_(make_optimizer(how.optimizer)) {
  if (setup.adaptive) threshold_.emplace(*setup.adaptive);
}

at::Tensor Descent::gradients_of(const at::Tensor& total) const {
  return setup_.noise_of(0, clip_norm()).open(total.narrow(0, 0, setup_.coordinates));
}

void Descent::apply(const at::Tensor& sum, double expected_batch) {
  optimizer_->step(weights_, unflatten(setup_.shapes, gradients_of(sum) / expected_batch));
  if (threshold_) threshold_->update(sum[setup_.coordinates].item<double>());
}

TensorFile Descent::state() const {
  TensorFile file;
  const auto add = [&](const char* what, const Parameters& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i)
      file.tensors[fmt::format("{}.{:04}", what, i)] = tensors[i].contiguous();
  };
  add("weights", weights_);
  add("optimizer", optimizer_->state());
  file.note = {{"clip_norm", clip_norm()}};
  return file;
}

void Descent::restore(const TensorFile& state) {
  Parameters optimizer, weights;  // names are in order
  for (const auto& [name, tensor] : state.tensors)
    (name.starts_with("weights.") ? weights : optimizer).push_back(tensor.clone());
  if (weights.size() != weights_.size()) throw std::runtime_error("a checkpoint of another model");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].sizes() != weights_[i].sizes())
      throw std::runtime_error("a checkpoint of another model");
  }
  weights_ = std::move(weights);
  optimizer_->restore(optimizer);
  if (threshold_) threshold_.emplace(*setup_.adaptive, state.note.at("clip_norm").get<double>());
}

}  // namespace assay::dp
