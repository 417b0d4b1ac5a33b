#include "attacks/gradient_inversion/problem.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include "core/training/local_step.h"

namespace assay::attacks {
namespace {

at::Tensor flat_rows(const Parameters& many) {
  std::vector<at::Tensor> rows;
  for (const auto& tensor : many)
    rows.push_back(tensor.flatten(1));
  return at::cat(rows, 1);
}

}  // namespace

Problem::Problem(const ModelSpec& spec, std::span<const Target> targets) : spec_(&spec) {
  const auto& first = targets.front();
  records_ = first.records;
  local_steps_ = first.local_steps;
  batch_ = first.batch;
  lr_ = first.lr;
  std::vector<at::Tensor> rows, masks;
  bool masked = false;
  for (const auto& target : targets) {
    rows.push_back(flatten(target.update.values));
    masked |= !target.update.sent.empty();
  }
  target_ = at::stack(rows);
  if (masked) {
    for (const auto& target : targets) {
      masks.push_back(target.update.sent.empty() ? at::ones_like(target_[0])
                                                 : flatten(target.update.sent).to(at::kFloat));
    }
    sent_ = at::stack(masks);
  }
  for (std::size_t i = 0; i < first.weights.size(); ++i) {
    std::vector<at::Tensor> same;
    for (const auto& target : targets)
      same.push_back(target.weights[i]);
    weights_.push_back(at::stack(same));
  }
}

at::Tensor Problem::updates(const at::Tensor& inputs, const at::Tensor& labels) const {
  if (local_steps_ == 0)
    return flat_rows(differentiable_gradient(*spec_, weights_, {inputs, labels}));
  // The client goes through its records in turn; their order is a matter of naming them.
  std::vector<SoftBatch> steps;
  std::int64_t next = 0;
  for (std::int64_t k = 0; k < local_steps_; ++k) {
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < batch_; ++i)
      chosen.push_back(next++ % records_);
    const auto index = at::tensor(chosen, at::kLong);
    steps.push_back({inputs.index_select(1, index), labels.index_select(1, index)});
  }
  return flat_rows(simulate_local_steps(*spec_, weights_, steps, lr_));
}

at::Tensor Problem::mean_gradient() const {
  return local_steps_ == 0 ? target_ : target_ / (-lr_ * static_cast<double>(local_steps_));
}

Problem Problem::rows(const at::Tensor& indices) const {
  Problem part = *this;
  part.target_ = target_.index_select(0, indices);
  if (sent_.defined()) part.sent_ = sent_.index_select(0, indices);
  for (auto& weights : part.weights_)
    weights = weights.index_select(0, indices);
  return part;
}

}  // namespace assay::attacks
