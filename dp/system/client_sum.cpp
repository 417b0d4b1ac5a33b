#include "dp/system/client_sum.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

#include "core/training/local_step.h"
#include "dp/gradients/factors.h"
#include "dp/gradients/stopwatch.h"

namespace assay::dp {
namespace {

class ClippedClients final : public RecordSum {
 public:
  ClippedClients(const Setup& setup, const Task& task, Rank worker)
      : setup_(setup),
        task_(task),
        clipping_(setup.options.clipping),
        layers_(parameter_layers(setup.model)),
        micro_batch_(setup.options.balance.micro_batch_of(worker, setup.options.micro_batch)) {
    clipping_.validate(setup.model);
  }

  ClippedSum operator()(const Parameters& weights, const Batch& batch, PhaseTimes& times) override {
    if (batch.records.empty()) return ClippedSum::zeros(setup_.model);
    Stopwatch watch;
    auto contribution = gradients_of_local_steps(weights, batch.records);
    times.backward += watch.lap();
    auto out = clipped(std::move(contribution));
    times.clip += watch.lap();
    return out;
  }

  void set_clip_norm(double clip_norm) override { clipping_.clip_norm = clip_norm; }

 private:
  Parameters gradients_of_local_steps(const Parameters& weights,
                                      const std::vector<std::int64_t>& records) const {
    const auto steps = task_.how.local_steps, batch = std::ssize(records) / steps;
    const double lr = task_.how.optimizer.lr;
    auto local = weights;
    Parameters sum;
    for (std::int64_t step = 0; step < steps; ++step) {
      const auto own = std::span(records).subspan(static_cast<std::size_t>(step * batch),
                                                  static_cast<std::size_t>(batch));
      const auto gradient =
          mean_gradient(setup_.model, local, task_.how.loss, task_.train.subset(own), micro_batch_);
      for (std::size_t i = 0; i < local.size(); ++i) {
        local[i] = local[i] - lr * gradient[i];
        if (step == 0)
          sum.push_back(gradient[i]);
        else
          sum[i] = sum[i] + gradient[i];
      }
    }
    return sum;
  }

  ClippedSum clipped(Parameters contribution) const {
    std::vector<at::Tensor> square_norms;
    for (const auto& layer : layers_) {
      double square = 0.0;
      for (auto i = layer.first; i < layer.first + layer.count; ++i)
        square += contribution[i].to(at::kDouble).square().sum().item<double>();
      square_norms.push_back(at::tensor({square}, at::kDouble));
    }
    // Squares of float32 numbers are finite in float64: a norm is finite where all numbers are.
    const auto factors =
        clip_factors(clipping_, setup_.model, square_norms, at::ones({1}, at::kBool));
    auto out = ClippedSum::zeros(setup_.model);
    out.norms = factors.norms;
    out.examples = 1;
    out.clipped = factors.clipped;
    out.not_finite = factors.usable.empty() ? 1 : 0;
    if (factors.usable.empty()) return out;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      for (auto i = layers_[l].first; i < layers_[l].first + layers_[l].count; ++i)
        out.sum[i] = contribution[i] * factors.of_layers[l];
    }
    return out;
  }

  const Setup& setup_;
  const Task& task_;
  ClippingOptions clipping_;
  std::vector<ParameterLayer> layers_;
  std::int64_t micro_batch_;
};

}  // namespace

Parameters mean_gradient(const ModelSpec& model, const Parameters& weights, Loss loss,
                         const Dataset& records, std::int64_t micro_batch) {
  const auto count = records.truth().size(0), slice = micro_batch > 0 ? micro_batch : count;
  Parameters mean;
  for (std::int64_t begin = 0; begin < count; begin += slice) {
    const auto size = std::min(slice, count - begin);
    const auto part = loss_and_gradient(model, weights, loss, records.inputs.narrow(0, begin, size),
                                        records.truth().narrow(0, begin, size))
                          .gradient;
    if (size == count) return part;
    const double share = static_cast<double>(size) / static_cast<double>(count);
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (begin == 0)
        mean.push_back(part[i] * share);
      else
        mean[i] += part[i] * share;
    }
  }
  return mean;
}

std::unique_ptr<RecordSum> clipped_clients(const Setup& setup, const Task& task, Rank worker) {
  return std::make_unique<ClippedClients>(setup, task, worker);
}

}  // namespace assay::dp
