#include "dp/system/descent.h"

#include <ATen/TensorOperators.h>

#include "core/update/update.h"

namespace assay::dp {

Descent::Descent(const Setup& setup, const TrainSpec& how, Parameters start)
    : setup_(setup), weights_(std::move(start)), optimizer_(make_optimizer(how.optimizer)) {
  if (setup.adaptive) threshold_.emplace(*setup.adaptive);
}

at::Tensor Descent::gradients_of(const at::Tensor& total) const {
  return setup_.noise_of(0, clip_norm()).open(total.narrow(0, 0, setup_.coordinates));
}

void Descent::apply(const at::Tensor& total) {
  optimizer_->step(weights_,
                   unflatten(setup_.shapes, gradients_of(total) / setup_.plan.expected_batch));
  if (threshold_) threshold_->update(total[setup_.coordinates].item<double>());
}

}  // namespace assay::dp
