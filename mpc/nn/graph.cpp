#include "mpc/nn/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "core/models/propagation.h"
#include "mpc/bilinear.h"
#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
namespace {

/// M X for ring elements M [rows, nodes]: a linear map of each part.
Secret times_public(Protocol& p, const at::Tensor& matrix, int matrix_bits, const Secret& x) {
  const auto batch = x.size(0), features = x.size(2);
  const auto columns = reshape(permute(x, {1, 0, 2}), {x.size(1), batch * features});
  Product product{map(columns, [&](const at::Tensor& part) {
    return matrix_product()(matrix, part.contiguous());
  })};
  product.fraction_bits = x.fraction_bits + matrix_bits;
  const auto rows = matrix.size(0);
  return permute(reshape(rescale(p, product), {rows, batch, features}), {1, 0, 2});
}

}  // namespace

Variable propagate(Protocol& p, const at::Tensor& matrix, const Variable& x) {
  if (matrix.dim() != 2 || x.dim() != 3 || matrix.size(1) != x.size(1)) {
    throw std::invalid_argument(
        fmt::format("expected a matrix [rows, nodes] and values [batch, nodes, features], got [{}] "
                    "and [{}]",
                    fmt::join(matrix.sizes(), ", "), fmt::join(x.sizes(), ", ")));
  }
  const int bits = p.fraction_bits();
  const auto ring = encode(matrix.to(at::kDouble), bits);
  return Variable(times_public(p, ring, bits, x.value()), {x},
                  [ring, bits](Protocol& q, const Secret& gradient, const Needed&) {
                    return Flow{times_public(q, ring.t().contiguous(), bits, gradient)};
                  });
}

Variable graph_convolution(Protocol& p, const GraphConv& layer, const Variable& x,
                           const Variable& weight, const Variable& bias) {
  const auto spread = propagate(p, propagation(layer), x);
  const auto batch = spread.size(0), rows = spread.size(1);
  const auto y = linear(p, reshape(spread, {batch * rows, spread.size(2)}), weight, bias);
  return reshape(y, {batch, rows, layer.out});
}

}  // namespace assay::mpc::nn
