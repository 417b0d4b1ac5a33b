#include "attacks/gradient_inversion/targets.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace assay::attacks {
namespace {

std::vector<std::int64_t> granted_labels(const View& view, const std::vector<VictimId>& victims) {
  std::vector<std::int64_t> labels;
  for (auto victim : victims) {
    const auto it = view.granted_labels.find(victim);
    if (it != view.granted_labels.end())
      labels.insert(labels.end(), it->second.begin(), it->second.end());
  }
  return labels;
}

/// Updates of single clients tell most. An opened gradient is an aggregate of all who took part.
ObservationKind wanted_kind(const View& view) {
  std::set<ObservationKind> kinds;
  for (const auto& o : view.observations)
    kinds.insert(o.kind());
  for (const auto kind : {ObservationKind::client_update, ObservationKind::aggregate}) {
    if (kinds.contains(kind)) return kind;
  }
  return ObservationKind::opening;
}

/// n * mean = sum of all; what is left after the coalition's own part is the others' sum.
Target without_own(const View& view, const Observation& aggregate, Target target) {
  double examples = static_cast<double>(aggregate.update().examples);
  Parameters sum;
  for (const auto& value : aggregate.update().values)
    sum.push_back(examples * value);
  for (const auto& own : view.observations) {
    if (own.kind() != ObservationKind::own_update ||
        own.occasion().replica != aggregate.occasion().replica ||
        own.occasion().sequence != aggregate.occasion().sequence) {
      continue;
    }
    const auto weight = static_cast<double>(own.update().examples);
    examples -= weight;
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] = sum[i] - weight * own.update().values[i];
  }
  target.update.values.clear();
  target.update.sent.clear();  // which coordinates an aggregate lacks differs between its parts
  target.update.examples = static_cast<std::int64_t>(examples);
  for (auto& value : sum)
    target.update.values.push_back(value / std::max(examples, 1.0));
  return target;
}

}  // namespace

std::vector<Target> targets_of(const View& view) {
  if (!view.context.model) {
    throw std::invalid_argument(
        "gradient inversion: expected the model's architecture in the view");
  }
  const auto wanted = wanted_kind(view);
  std::vector<Target> targets;
  for (const auto& o : view.observations) {
    if (o.kind() != wanted || o.victims().empty()) continue;
    if (wanted == ObservationKind::opening && o.what() != "gradient") continue;
    const auto* model = view.find(ObservationKind::global_model, o.occasion());
    if (model == nullptr) {
      throw std::invalid_argument(
          "gradient inversion: expected the model's weights at the update's step");
    }
    Target target{.observation = o.id(), .weights = model->update().values, .update = o.update()};
    if (wanted != ObservationKind::client_update) target = without_own(view, o, std::move(target));
    if (target.update.examples < 1) continue;  // nobody else took part
    target.records = target.update.examples;
    if (view.context.update_kind == UpdateKind::weight_delta) {
      if (!view.context.train) {
        throw std::invalid_argument(
            "gradient inversion: expected the hyper-parameters, to simulate the local steps");
      }
      target.local_steps = view.context.train->local_steps;
      target.batch = std::min(view.context.train->batch, target.records);
      target.lr = view.context.train->optimizer.lr;
    }
    target.known_labels = granted_labels(view, o.victims());
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace assay::attacks
