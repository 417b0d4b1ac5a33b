#include "attacks/dp_audit/released_sums.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/core.h>

#include <map>
#include <stdexcept>

namespace assay::attacks {
namespace {

/// By step.
std::map<std::int64_t, at::Tensor> released_models(const View& view) {
  std::map<std::int64_t, at::Tensor> out;
  for (const auto& o : view.observations) {
    if (o.kind() == ObservationKind::released_model)
      out[o.occasion().step] = flatten(o.update().values).to(at::kDouble);
  }
  return out;
}

}  // namespace

std::vector<at::Tensor> released_gradients(const View& view, const char* attack) {
  const auto fail = [&](const std::string& what) {
    throw std::invalid_argument(fmt::format("{}: {}", attack, what));
  };
  if (!view.context.train) fail("expected the hyperparameters");
  const auto& how = view.context.train->optimizer;
  if (how.kind != OptimizerKind::sgd) fail("expected the optimizer sgd, whose steps can be undone");
  const auto models = released_models(view);
  if (models.size() < 2 || models.rbegin()->first - models.begin()->first + 1 != std::ssize(models))
    fail(fmt::format("expected the model of every step in the view, got {}", models.size()));

  std::vector<at::Tensor> out;
  const auto& first = models.begin()->second;
  auto velocity = at::zeros_like(first);  // v before the step
  for (auto at = models.begin(), next = std::next(at); next != models.end(); ++at, ++next) {
    const auto moved = (at->second - next->second) / how.lr;
    const auto decay = how.weight_decay * at->second;
    at::Tensor gradient;
    if (how.momentum == 0.0) {
      gradient = moved - decay;
    } else if (out.empty()) {  // the first velocity is the gradient itself
      velocity = how.nesterov ? moved / (1.0 + how.momentum) : moved;
      gradient = velocity - decay;
    } else if (how.nesterov) {
      // moved = x + m (m v + x) with x = g + d w
      const auto x = (moved - how.momentum * how.momentum * velocity) / (1.0 + how.momentum);
      velocity = how.momentum * velocity + x;
      gradient = x - decay;
    } else {
      gradient = moved - how.momentum * velocity - decay;
      velocity = moved;
    }
    out.push_back(std::move(gradient));
  }
  return out;
}

}  // namespace assay::attacks
