#include "dp/gradients/backward.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "dp/gradients/rules.h"
#include "dp/gradients/stopwatch.h"

namespace assay::dp {
namespace {

/// Collects a tape's gradients while the engine goes back.
class Collector {
 public:
  Collector(const ModelSpec& spec, const Parameters& parameters, Tape& tape, std::int64_t batch)
      : spec_(spec), parameters_(parameters), tape_(tape) {
    for (const auto& taped : tape.layers) {
      waiting_.push_back(std::vector<at::Tensor>(taped.out.size()));
      result_.push_back({{}, at::zeros({batch}, at::kDouble)});
    }
  }

  void arrived(std::size_t layer, std::size_t k, const at::Tensor& g) {
    auto& waiting = waiting_[layer];
    waiting[k] = g;
    if (std::all_of(waiting.begin(), waiting.end(), [](const auto& w) { return w.defined(); }))
      apply(layer);
  }

  /// Of those layers of which a part only was used: the rest has no gradient.
  void finish() {
    for (std::size_t layer = 0; layer < waiting_.size(); ++layer) {
      auto& waiting = waiting_[layer];
      if (std::none_of(waiting.begin(), waiting.end(), [](const auto& w) { return w.defined(); }))
        continue;
      for (std::size_t k = 0; k < waiting.size(); ++k) {
        if (!waiting[k].defined()) waiting[k] = at::zeros_like(tape_.layers[layer].out[k]);
      }
      apply(layer);
    }
  }

  std::vector<PerExample> take() { return std::move(result_); }
  double seconds() const { return seconds_; }

 private:
  void apply(std::size_t layer) {
    Stopwatch watch;
    const at::NoGradGuard no_gradients;
    auto& taped = tape_.layers[layer];
    auto& result = result_[layer];
    result.parts =
        layer_gradients(spec_.nodes[taped.which.node].layer, parameters_, taped, waiting_[layer]);
    for (const auto& part : result.parts)
      result.square_norms += std::visit([](const auto& p) { return p.square_norms(); }, part);
    waiting_[layer].clear();
    taped.in.clear();
    taped.states.reset();
    seconds_ += watch.lap();
  }

  const ModelSpec& spec_;
  const Parameters& parameters_;
  Tape& tape_;
  std::vector<std::vector<at::Tensor>> waiting_;  ///< by layer; empty once its rule was applied
  std::vector<PerExample> result_;
  double seconds_ = 0.0;
};

}  // namespace

std::vector<PerExample> backward(const ModelSpec& spec, const Parameters& parameters, Tape& tape,
                                 const at::Tensor& losses, double& rule_seconds) {
  Collector collector(spec, parameters, tape, losses.size(0));
  std::vector<at::Tensor> leaves;
  for (std::size_t layer = 0; layer < tape.layers.size(); ++layer) {
    for (std::size_t k = 0; k < tape.layers[layer].out.size(); ++k) {
      const auto& out = tape.layers[layer].out[k];
      out.register_hook(
          [&collector, layer, k](const at::Tensor& g) { collector.arrived(layer, k, g); });
      if (out.is_leaf()) leaves.push_back(out);
    }
  }
  if (losses.requires_grad()) {
    torch::autograd::grad({losses.sum()}, leaves, {}, /*retain_graph=*/false,
                          /*create_graph=*/false, /*allow_unused=*/true);
    collector.finish();
  }
  rule_seconds += collector.seconds();
  return collector.take();
}

}  // namespace assay::dp
