#pragma once

#include <vector>

#include "core/models/spec.h"

namespace assay::dp {

/// Which layers are computed with which parameters of a model.
struct ParameterUses {
  explicit ParameterUses(const ModelSpec& spec);

  /// Whether the node's layer is computed with a parameter that is used elsewhere too.
  bool has_tied(std::size_t node) const;

  std::vector<std::vector<std::size_t>> of_nodes;  ///< parameter_indices(spec)
  std::vector<std::size_t> layers;  ///< of each parameter, the entry of parameter_layers(spec)
  std::vector<bool> tied;           ///< of each parameter: used more than once
};

}  // namespace assay::dp
