#include "dp/gradients/layer_gradient.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/zeros.h>

namespace assay::dp {
namespace {

/// |x_i|^2, float64, of [batch, ...].
at::Tensor squares(const at::Tensor& x) {
  return at::linalg_vector_norm(x.flatten(1), 2, at::IntArrayRef{1}).to(at::kDouble).square();
}

// Sums that are not defined yet are zero. They have as many entries as the parameter, not its
// shape.
void add(at::Tensor& sum, at::Tensor x) {
  if (sum.defined())
    sum += x;
  else
    sum = std::move(x);
}
/// sum + left right
void add_product(at::Tensor& sum, const at::Tensor& left, const at::Tensor& right) {
  if (sum.defined())
    sum.addmm_(left, right);
  else
    sum = at::mm(left, right);
}
/// sum + sum_i c_i x_i of [batch, ...]
void add_weighted(at::Tensor& sum, const at::Tensor& x, const at::Tensor& c) {
  add(sum, at::mv(x.flatten(1).t(), c));
}

/// c_i x_i
at::Tensor scaled(const at::Tensor& x, const at::Tensor& c) {
  return x * c.reshape({-1, 1, 1});
}

/// The share of |A|_F |G|_F that float32 products of T terms may be off by.
constexpr double kCancellation = 1e-3;

/// Of [batch, T, in] and [batch, T, out].
at::Tensor ghost_squares(const at::Tensor& a, const at::Tensor& g) {
  const auto of_a = at::bmm(a, a.transpose(1, 2)), of_g = at::bmm(g, g.transpose(1, 2));
  const auto product = (of_a * of_g).flatten(1).sum(1, false, at::kDouble);
  const auto trace = [](const at::Tensor& gram) {
    return gram.diagonal(0, 1, 2).sum(1, false, at::kDouble);
  };
  return at::maximum(product, trace(of_a) * trace(of_g) * (kCancellation * kCancellation));
}

}  // namespace

at::Tensor Instantiated::square_norms() const {
  return squares(g);
}
void Instantiated::add_to(Parameters& sum, const at::Tensor& c) const {
  add_weighted(sum[parameter], g, c);
}
void Instantiated::select(const at::Tensor& examples) {
  g = g.index_select(0, examples);
}
std::vector<Instantiated> Instantiated::instantiated() const {
  return {{parameter, g.flatten(1)}};
}

at::Tensor InstantiatedWindows::square_norms() const {
  return squares(g);
}
void InstantiatedWindows::add_to(Parameters& sum, const at::Tensor& c) const {
  const auto total = at::mv(g.flatten(1).t(), c).reshape(g.sizes().slice(1));
  add(sum[parameter], windows.as_weight(total).flatten());
}
void InstantiatedWindows::select(const at::Tensor& examples) {
  g = g.index_select(0, examples);
}
std::vector<Instantiated> InstantiatedWindows::instantiated() const {
  // As of one weight with the output channels of all examples.
  return {{parameter, windows.as_weight(g.flatten(0, 1)).reshape({g.size(0), -1})}};
}

at::Tensor Products::square_norms() const {
  if (a.size(1) == 1) return (squares(a) + 1.0) * squares(g);
  return ghost_squares(a, g) + squares(g.sum(1));
}
void Products::add_to(Parameters& sum, const at::Tensor& c) const {
  if (a.size(1) == 1) {
    add_product(sum[weight], (g.squeeze(1) * c.unsqueeze(1)).t(), a.squeeze(1));
    add_weighted(sum[bias], g, c);
    return;
  }
  const auto clipped = scaled(g, c).flatten(0, 1);
  add_product(sum[weight], clipped.t(), a.flatten(0, 1));
  add(sum[bias], clipped.sum(0));
}
void Products::select(const at::Tensor& examples) {
  a = a.index_select(0, examples);
  g = g.index_select(0, examples);
}
std::vector<Instantiated> Products::instantiated() const {
  return {{weight, g.transpose(1, 2).bmm(a).flatten(1)}, {bias, g.sum(1)}};
}

at::Tensor WindowProducts::square_norms() const {
  const auto batch = x.size(0), slice = windows.at_a_time(x);
  const auto steps = g.flatten(2).transpose(1, 2);
  auto out = squares(steps.sum(1));
  for (std::int64_t i = 0; i < batch; i += slice) {
    const auto n = std::min(slice, batch - i);
    const auto a = windows.unfold(x.narrow(0, i, n));
    out.narrow(0, i, n).add_(ghost_squares(a, steps.narrow(0, i, n)));
  }
  return out;
}
void WindowProducts::add_to(Parameters& sum, const at::Tensor& c) const {
  const auto clipped = g * c.reshape({-1, 1, 1, 1});
  add(sum[weight], windows.weight_gradient(x, clipped).flatten());
  add(sum[bias], clipped.sum(at::IntArrayRef{0, 2, 3}));
}
void WindowProducts::select(const at::Tensor& examples) {
  x = x.index_select(0, examples);
  g = g.index_select(0, examples);
}
std::vector<Instantiated> WindowProducts::instantiated() const {
  auto out = InstantiatedWindows{weight, windows, windows.weight_gradients(x, g)}.instantiated();
  out.push_back({bias, g.flatten(2).sum(2)});
  return out;
}

at::Tensor Lookups::square_norms() const {
  const auto batch = tokens.size(0);
  const auto example = at::arange(batch, at::kLong).unsqueeze(1);
  const auto most = tokens.numel() > 0 ? tokens.max().item<std::int64_t>() + 1 : 1;
  // One row for each example and token of it.
  const auto [pairs, row, counts] =
      at::_unique2((example * most + tokens).flatten(), /*sorted=*/true, /*return_inverse=*/true);
  const auto of_pairs =
      at::zeros({pairs.size(0), g.size(2)}, g.options()).index_add_(0, row, g.flatten(0, 1));
  return at::zeros({batch}, at::kDouble).index_add_(0, pairs.div(most, "floor"), squares(of_pairs));
}
void Lookups::add_to(Parameters& sum, const at::Tensor& c) const {
  auto& table = sum[parameter];
  if (!table.defined()) table = at::zeros({rows, g.size(2)}, g.options());
  table.index_add_(0, tokens.flatten(), scaled(g, c).flatten(0, 1));
}
void Lookups::select(const at::Tensor& examples) {
  tokens = tokens.index_select(0, examples);
  g = g.index_select(0, examples);
}
std::vector<Instantiated> Lookups::instantiated() const {
  const auto batch = tokens.size(0);
  const auto first = at::arange(batch, tokens.options()).unsqueeze(1) * rows;  // of each table
  auto tables = at::zeros({batch * rows, g.size(2)}, g.options());
  tables.index_add_(0, (tokens + first).flatten(), g.flatten(0, 1));
  return {{parameter, tables.reshape({batch, -1})}};
}

}  // namespace assay::dp
