#include "core/models/propagation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/tensor.h>

namespace assay {

at::Tensor propagation(const GraphConv& layer) {
  const auto nodes = layer.graph.nodes;
  auto a = at::eye(nodes, at::kDouble);
  auto entries = a.accessor<double, 2>();
  for (const auto& [i, j] : layer.graph.edges)
    entries[i][j] = entries[j][i] = 1.0;
  const auto scale = a.sum(1).rsqrt();
  a = scale.unsqueeze(1) * a * scale;
  return layer.rows.empty() ? a : a.index_select(0, at::tensor(layer.rows, at::kLong));
}

}  // namespace assay
