#include "mpc/nn/shapes.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace assay::mpc::nn {
namespace {

/// y = A x for a public A without factors, acting on every part: the gradient is A^T g.
template <class Map, class Adjoint>
Variable linear_map(const Variable& x, Map forward, Adjoint backward) {
  return {map(x.value(), forward), {x}, [backward](Protocol&, const Secret& g, const Needed&) {
            return Flow{map(g, backward)};
          }};
}

}  // namespace

Variable reshape(const Variable& x, at::IntArrayRef sizes) {
  return linear_map(
      x, [&](const at::Tensor& t) { return t.reshape(sizes); },
      [from = x.sizes().vec()](const at::Tensor& g) { return g.reshape(from); });
}

Variable flatten(const Variable& x) {
  return reshape(x, {x.size(0), x.value().numel() / std::max<std::int64_t>(x.size(0), 1)});
}

Variable permute(const Variable& x, at::IntArrayRef dims) {
  std::vector<std::int64_t> inverse(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i)
    inverse.at(static_cast<std::size_t>(dims[i])) = static_cast<std::int64_t>(i);
  return linear_map(
      x, [&](const at::Tensor& t) { return t.permute(dims); },
      [inverse](const at::Tensor& g) { return g.permute(inverse); });
}

Variable transpose(const Variable& x, std::int64_t a, std::int64_t b) {
  const auto swap = [a, b](const at::Tensor& t) { return t.transpose(a, b); };
  return linear_map(x, swap, swap);
}

Variable narrow(const Variable& x, std::int64_t dim, std::int64_t start, std::int64_t length) {
  return linear_map(
      x, [&](const at::Tensor& t) { return t.narrow(dim, start, length); },
      [=, from = x.sizes().vec()](const at::Tensor& g) {
        auto out = at::zeros(from, g.options());
        out.narrow(dim, start, length).copy_(g);
        return out;
      });
}

Variable index_select(const Variable& x, std::int64_t dim, const at::Tensor& indices) {
  return linear_map(
      x, [&](const at::Tensor& t) { return t.index_select(dim, indices); },
      [=, from = x.sizes().vec()](const at::Tensor& g) {
        return at::zeros(from, g.options()).index_add_(dim, indices, g);
      });
}

Variable expand(const Variable& x, at::IntArrayRef sizes) {
  return linear_map(
      x, [&](const at::Tensor& t) { return t.expand(sizes); },
      [from = x.sizes().vec()](const at::Tensor& g) { return g.sum_to_size(from); });
}

Variable cat(const std::vector<Variable>& all, std::int64_t dim) {
  std::vector<Secret> values;
  std::vector<std::int64_t> lengths;
  for (const auto& x : all) {
    values.push_back(x.value());
    lengths.push_back(x.size(dim));
  }
  return {cat(values, dim), all, [dim, lengths](Protocol&, const Secret& g, const Needed&) {
            Flow out;
            std::int64_t start = 0;
            for (const auto length : lengths) {
              out.push_back(narrow(g, dim, start, length));
              start += length;
            }
            return out;
          }};
}

Variable stack(const std::vector<Variable>& all, std::int64_t dim) {
  std::vector<Variable> longer;
  for (const auto& x : all)
    longer.push_back(unsqueeze(x, dim));
  return cat(longer, dim);
}

Variable unsqueeze(const Variable& x, std::int64_t dim) {
  return linear_map(
      x, [dim](const at::Tensor& t) { return t.unsqueeze(dim); },
      [from = x.sizes().vec()](const at::Tensor& g) { return g.reshape(from); });
}

Variable squeeze(const Variable& x, std::int64_t dim) {
  return linear_map(
      x, [dim](const at::Tensor& t) { return t.squeeze(dim); },
      [from = x.sizes().vec()](const at::Tensor& g) { return g.reshape(from); });
}

Variable pick(const Variable& x, std::int64_t dim, std::int64_t index) {
  return squeeze(narrow(x, dim, index, 1), dim);
}

Variable slice(const Variable& x, std::int64_t dim, std::int64_t start, std::int64_t end,
               std::int64_t step) {
  return linear_map(
      x, [=](const at::Tensor& t) { return t.slice(dim, start, end, step); },
      [=, from = x.sizes().vec()](const at::Tensor& g) {
        auto out = at::zeros(from, g.options());
        out.slice(dim, start, end, step).copy_(g);
        return out;
      });
}

Variable flip(const Variable& x, at::IntArrayRef dims) {
  const auto turn = [dims = dims.vec()](const at::Tensor& t) { return t.flip(dims); };
  return linear_map(x, turn, turn);
}

Variable roll(const Variable& x, std::int64_t places, std::int64_t dim) {
  return linear_map(
      x, [=](const at::Tensor& t) { return t.roll(places, dim); },
      [=](const at::Tensor& g) { return g.roll(-places, dim); });
}

Variable pad(const Variable& x, at::IntArrayRef widths) {
  std::vector<std::int64_t> back;
  for (const auto width : widths)
    back.push_back(-width);
  return linear_map(
      x, [&](const at::Tensor& t) { return at::constant_pad_nd(t, widths, 0); },
      [back](const at::Tensor& g) { return at::constant_pad_nd(g, back, 0); });
}

Variable gather(const Variable& x, std::int64_t dim, const at::Tensor& indices) {
  return linear_map(
      x, [&](const at::Tensor& t) { return t.gather(dim, indices); },
      [=, from = x.sizes().vec()](const at::Tensor& g) {
        return at::zeros(from, g.options()).scatter_add(dim, indices, g);
      });
}

Variable sum(const Variable& x, at::IntArrayRef dims, bool keep) {
  return linear_map(
      x, [&](const at::Tensor& t) { return t.sum(dims, keep); },
      [from = x.sizes().vec(), kept = x.value().parts[0].sum(dims, true).sizes().vec()](
          const at::Tensor& g) { return g.reshape(kept).expand(from); });
}

}  // namespace assay::mpc::nn
