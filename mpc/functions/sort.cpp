#include "mpc/functions/sort.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/triu_indices.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <stdexcept>

#include "mpc/functions/comparison.h"
#include "mpc/shapes.h"

namespace assay::mpc {
namespace {

/// How many come before each entry of the last dimension: whole numbers, each once.
///
/// For i < j one comparison says which comes first: j if n_ij = 1, i if not, also of equal ones. So
/// place_i = sum over j > i of n_ij + sum over j < i of (1 - n_ji).
Secret places(Protocol& p, const Secret& x, bool descending) {
  const auto count = x.size(-1);
  const auto pairs = at::triu_indices(count, count, 1, at::kLong);
  const auto first = pairs[0], second = pairs[1];
  const auto a = index_select(x, -1, first), b = index_select(x, -1, second);
  const auto swapped = p.to_number(descending ? less(p, a, b) : less(p, b, a), 0);
  const auto zeros = p.constant(at::zeros(x.sizes(), at::kLong), 0);
  const auto moved = index_add(zeros, -1, first, swapped);
  return p.add_public(index_add(moved, -1, second, negate(swapped)), at::arange(count, at::kLong));
}

Sorted first_of(Protocol& p, const Secret& x_in, std::int64_t k, std::int64_t dim,
                bool descending) {
  const auto x = transpose(x_in, dim, -1);
  // [..., entry, place], of which the first k places; then [..., place, entry]
  const auto all = p.unit_vector(places(p, x, descending), x.size(-1));
  const auto chosen = transpose(narrow(all, -1, 0, k), -2, -1);
  const auto values = p.settle(p.product(matrix_product(), chosen, unsqueeze(x, -1)));
  const auto indices = sum(times(chosen, at::arange(x.size(-1), at::kLong)), {-1});
  return {transpose(squeeze(values, -1), dim, -1), transpose(indices, dim, -1)};
}

}  // namespace

Sorted sort(Protocol& p, const Secret& x, std::int64_t dim, bool descending) {
  return first_of(p, x, x.size(dim), dim, descending);
}

Sorted top_k(Protocol& p, const Secret& x, std::int64_t k, std::int64_t dim) {
  if (k < 1 || k > x.size(dim)) {
    throw std::invalid_argument(
        fmt::format("top_k: expected 1 to {} entries, got {}", x.size(dim), k));
  }
  return first_of(p, x, k, dim, true);
}

}  // namespace assay::mpc
