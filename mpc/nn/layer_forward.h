#pragma once

#include "core/models/spec.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// What the layers of a model are computed with.
struct LayerContext {
  Protocol& p;
  const std::vector<Variable>& parameters;  ///< in the order of parameters_of
  const std::vector<Variable>& statistics;  ///< of statistics_of, or none
  bool with_gradients = true;      ///< else evaluation: no places of maxima, kept statistics
  std::size_t next_statistic = 0;  ///< the next unused one
};

/// The output of one layer, [batch, ...], for the values of its inputs. `parameters`: its entry of
/// parameter_indices().
Variable layer_forward(LayerContext& context, const Layer& layer,
                       const std::vector<std::size_t>& parameters, const std::vector<Variable>& in);

}  // namespace assay::mpc::nn
