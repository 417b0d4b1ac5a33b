#include "mpc/nn/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/activations.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
namespace {

/// Far below every score, so that its exponential is 0: exp underflows at -21.
constexpr double kHidden = -1024.0;

Variable future(Protocol& p, std::int64_t places) {
  const auto ones = at::ones({places, places}, at::kLong).triu(1);
  const auto ring = ones * (static_cast<std::int64_t>(kHidden) << p.fraction_bits());
  return Variable(p.constant(ring, p.fraction_bits()));
}

}  // namespace

Variable attention(Protocol& p, const Variable& query, const Variable& key, const Variable& value,
                   bool causal) {
  if (causal && query.size(-2) != key.size(-2)) {
    throw std::invalid_argument(
        fmt::format("attention: expected as many keys as queries for a causal mask, got {} and {}",
                    key.size(-2), query.size(-2)));
  }
  // Scaled before the product, whose sums stay smaller.
  const auto scaled = scale(p, query, 1.0 / std::sqrt(static_cast<double>(query.size(-1))));
  auto scores = matrix_product(p, scaled, transpose(key, -2, -1));
  if (causal) scores = add(scores, future(p, query.size(-2)));
  return matrix_product(p, softmax(p, scores, -1), value);
}

Variable multi_head_attention(Protocol& p, const Variable& x, const AttentionWeights& weights,
                              std::int64_t heads, bool causal) {
  if (x.dim() != 3 || heads < 1 || x.size(2) % heads != 0) {
    throw std::invalid_argument(fmt::format(
        "multi_head_attention: expected [N, T, F] with F a multiple of {} heads, got [{}]", heads,
        fmt::join(x.sizes(), ", ")));
  }
  const auto batch = x.size(0), places = x.size(1), features = x.size(2);
  // [N, T, 3 F] -> [3, N, heads, T, F / heads]
  const auto projected = linear(p, x, weights.in_weight, weights.in_bias);
  const auto split =
      permute(reshape(projected, {batch, places, 3, heads, features / heads}), {2, 0, 3, 1, 4});
  const auto part = [&](std::int64_t i) { return pick(split, 0, i); };
  const auto seen = attention(p, part(0), part(1), part(2), causal);
  const auto joined = reshape(permute(seen, {0, 2, 1, 3}), {batch, places, features});
  return linear(p, joined, weights.out_weight, weights.out_bias);
}

}  // namespace assay::mpc::nn
