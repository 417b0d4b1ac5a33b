#include "mpc/functions/extremes.h"

#include <ATen/WrapDimUtils.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>

#include <optional>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"

namespace assay::mpc {
namespace {

/// Neighbours along dimension 0: [0::2] and [1::2] of the even part, and what is left over.
struct Pairs {
  Secret first, second;
  std::optional<Secret> left;
};

Pairs pairs_of(const Secret& x) {
  const auto m = x.size(0) / 2;
  const auto take = [&](std::int64_t start) {
    return index_select(x, 0, at::arange(start, 2 * m, 2, at::kLong));
  };
  Pairs out{take(0), take(1), {}};
  if (x.size(0) % 2 == 1) out.left = narrow(x, 0, 2 * m, 1);
  return out;
}

Secret joined(Secret settled, const std::optional<Secret>& left) {
  return left ? cat(std::vector<Secret>{std::move(settled), *left}, 0) : settled;
}

/// Without `want_value` the last comparison selects nothing, and the value means nothing.
Extreme tournament(Protocol& p, const Secret& x, std::int64_t dim, bool want_value) {
  auto all = transpose(x, 0, dim);
  const auto count = all.size(0);
  Secret one_hot = p.constant(at::ones(all.sizes(), at::kLong), 0);
  auto candidate = at::arange(count, at::kLong);  // that each position stands for
  bool first_level = true;
  while (all.size(0) > 1) {
    const auto [a, b, left] = pairs_of(all);
    const auto m = a.size(0);
    const auto second_wins = less(p, a, b);  // of equal ones the first
    const auto n = p.to_number(second_wins, 0);
    const auto one = p.constant(at::ones_like(n.parts[0]), 0);
    // Weights of the candidates, in their order: 1 - n, n, 1 - n, n, ...
    std::vector<Secret> weights = {subtract(one, n), n};
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < m; ++i) {
      order.push_back(i);
      order.push_back(m + i);
    }
    auto weight = index_select(cat(weights, 0), 0, at::tensor(order, at::kLong));
    if (left) {
      weight = cat(std::vector<Secret>{weight, p.constant(at::ones_like(left->parts[0]), 0)}, 0);
    }
    const auto spread = index_select(weight, 0, candidate);
    one_hot = first_level ? spread : p.settle(p.product(elementwise(), one_hot, spread));
    first_level = false;
    const bool last = m == 1 && !left;
    all = last && !want_value ? a : joined(where(p, second_wins, b, a), left);
    candidate = candidate.floor_divide(2);
  }
  return {map(transpose(all, 0, dim), [&](const at::Tensor& t) { return t.squeeze(dim); }),
          transpose(one_hot, 0, dim)};
}

}  // namespace

Secret maximum(Protocol& p, const Secret& x, const Secret& y) {
  return where(p, less(p, x, y), y, x);
}

Secret minimum(Protocol& p, const Secret& x, const Secret& y) {
  return where(p, less(p, x, y), x, y);
}

Secret max(Protocol& p, const Secret& x, std::int64_t dim) {
  auto all = transpose(x, 0, dim);
  while (all.size(0) > 1) {
    const auto [a, b, left] = pairs_of(all);
    all = joined(maximum(p, a, b), left);
  }
  return map(transpose(all, 0, dim), [&](const at::Tensor& t) { return t.squeeze(dim); });
}

Secret min(Protocol& p, const Secret& x, std::int64_t dim) {
  return negate(max(p, negate(x), dim));
}

Secret Extreme::index(std::int64_t dim) const {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(one_hot.dim()), 1);
  const auto places = at::arange(one_hot.size(dim), at::kLong);
  shape[static_cast<std::size_t>(at::maybe_wrap_dim(dim, one_hot.dim()))] = -1;
  return sum(times(one_hot, places.reshape(shape)), {dim});
}

Secret argmax(Protocol& p, const Secret& x, std::int64_t dim) {
  return tournament(p, x, dim, false).index(dim);
}

Secret argmin(Protocol& p, const Secret& x, std::int64_t dim) {
  return argmax(p, negate(x), dim);
}

Extreme max_with_index(Protocol& p, const Secret& x, std::int64_t dim) {
  return tournament(p, x, dim, true);
}

Extreme min_with_index(Protocol& p, const Secret& x, std::int64_t dim) {
  auto found = max_with_index(p, negate(x), dim);
  found.value = negate(found.value);
  return found;
}

}  // namespace assay::mpc
