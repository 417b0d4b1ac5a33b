#include "mpc/nn/embedding.h"

#include "mpc/functions/lookup.h"

namespace assay::mpc::nn {

/// Y = E W for the unit vectors E:  dW = E^T G.
Variable embedding(Protocol& p, const Secret& index, const Variable& table) {
  const auto E = one_hot(p, index, table.size(0));
  return {lookup_one_hot(p, E, table.value()),
          {table},
          [E, features = table.size(1)](Protocol& q, const Secret& G, const Needed&) {
            const auto rows = reshape(E, {-1, E.size(-1)});
            return Flow{q.settle(
                q.product(matrix_product(), transpose(rows, 0, 1), reshape(G, {-1, features})))};
          }};
}

}  // namespace assay::mpc::nn
