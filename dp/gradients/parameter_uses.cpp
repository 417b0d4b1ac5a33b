#include "dp/gradients/parameter_uses.h"

#include <algorithm>

#include "dp/gradients/clipping.h"

namespace assay::dp {

ParameterUses::ParameterUses(const ModelSpec& spec) : of_nodes(parameter_indices(spec)) {
  std::size_t l = 0;
  for (const auto& layer : parameter_layers(spec))
    layers.insert(layers.end(), layer.count, l++);
  std::vector<bool> used(layers.size(), false);
  tied.assign(layers.size(), false);
  for (const auto& parameters : of_nodes) {
    for (const auto k : parameters) {
      if (used[k]) tied[k] = true;
      used[k] = true;
    }
  }
}

bool ParameterUses::has_tied(std::size_t node) const {
  return std::any_of(of_nodes[node].begin(), of_nodes[node].end(),
                     [&](std::size_t k) { return tied[k]; });
}

}  // namespace assay::dp
