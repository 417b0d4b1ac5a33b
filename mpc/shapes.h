#pragma once

#include <ATen/ops/constant_pad_nd.h>

#include "mpc/secret.h"

namespace assay::mpc {

/// Rearrangements and running sums beyond those of secret.h, of wires and products alike: exact, no
/// message. Names, dimensions and errors (c10::Error) are LibTorch's; indices are public.

template <class T>
T unsqueeze(const T& x, std::int64_t dim) {
  return map(x, [&](const at::Tensor& a) { return a.unsqueeze(dim); });
}
template <class T>
T squeeze(const T& x, std::int64_t dim) {
  return map(x, [&](const at::Tensor& a) { return a.squeeze(dim); });
}
template <class T>
T flatten(const T& x, std::int64_t first = 0, std::int64_t last = -1) {
  return map(x, [&](const at::Tensor& a) { return a.flatten(first, last); });
}
/// x[..., start:end:step, ...]
template <class T>
T slice(const T& x, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step = 1) {
  return map(x, [&](const at::Tensor& a) { return a.slice(dim, start, end, step); });
}
/// One entry along a dimension, which goes away.
template <class T>
T pick(const T& x, std::int64_t dim, std::int64_t index) {
  return map(x, [&](const at::Tensor& a) { return a.select(dim, index); });
}
template <class T>
T gather(const T& x, std::int64_t dim, const at::Tensor& indices) {
  return map(x, [&](const at::Tensor& a) { return a.gather(dim, indices); });
}
/// x with the rows of `added` added at public places; an index may come several times.
template <class T>
T index_add(const T& x, std::int64_t dim, const at::Tensor& indices, const T& added) {
  return map(x, added, [&](const at::Tensor& a, const at::Tensor& b) {
    return a.index_add(dim, indices, b);
  });
}
template <class T>
T flip(const T& x, at::IntArrayRef dims) {
  return map(x, [&](const at::Tensor& a) { return a.flip(dims); });
}
template <class T>
T roll(const T& x, std::int64_t places, std::int64_t dim) {
  return map(x, [&](const at::Tensor& a) { return a.roll(places, dim); });
}
template <class T>
T repeat(const T& x, at::IntArrayRef times) {
  return map(x, [&](const at::Tensor& a) { return a.repeat(times); });
}
/// Zeros around: [last dimension's before, after, the one before it's before, after, ...].
template <class T>
T pad(const T& x, at::IntArrayRef widths) {
  return map(x, [&](const at::Tensor& a) { return at::constant_pad_nd(a, widths, 0); });
}
template <class T>
T cumsum(const T& x, std::int64_t dim) {
  return map(x, [&](const at::Tensor& a) { return a.cumsum(dim); });
}
/// The entries below and on a diagonal of the last two dimensions, zeros above; triu: the others.
template <class T>
T tril(const T& x, std::int64_t diagonal = 0) {
  return map(x, [&](const at::Tensor& a) { return a.tril(diagonal); });
}
template <class T>
T triu(const T& x, std::int64_t diagonal = 0) {
  return map(x, [&](const at::Tensor& a) { return a.triu(diagonal); });
}
template <class T>
T diagonal(const T& x, std::int64_t offset = 0, std::int64_t first = 0, std::int64_t second = 1) {
  return map(x, [&](const at::Tensor& a) { return a.diagonal(offset, first, second); });
}
template <class T>
T trace(const T& x) {
  return map(x, [](const at::Tensor& a) { return a.diagonal().sum(); });
}
/// Windows of `size` every `step` along a dimension, as a new last dimension.
template <class T>
T unfold(const T& x, std::int64_t dim, std::int64_t size, std::int64_t step) {
  return map(x, [&](const at::Tensor& a) { return a.unfold(dim, size, step); });
}
/// Along a new dimension. Errors: std::invalid_argument for operands of different fractions.
template <class T>
T stack(const std::vector<T>& all, std::int64_t dim) {
  std::vector<T> longer;
  for (const auto& x : all)
    longer.push_back(unsqueeze(x, dim));
  return cat(longer, dim);
}

}  // namespace assay::mpc
