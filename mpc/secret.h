#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <array>
#include <stdexcept>

namespace assay::mpc {

/// A secret tensor as one party holds it: up to three ring tensors of one shape, whose sum over all
/// parties, or whatever the protocol says, is the value. Their meaning is the protocol's;
/// everything that is linear acts on each of them alike and is written once, below.
struct Shared {
  std::array<at::Tensor, 3> parts;  ///< undefined where the party or the protocol has none
  int fraction_bits = 0;
  /// The dealer of correlated randomness knows the mask, so that products with it can be dealt.
  /// False in protocols without a dealer.
  bool dealt = false;

  at::IntArrayRef sizes() const { return parts[0].sizes(); }
  std::int64_t numel() const { return parts[0].numel(); }
  std::int64_t dim() const { return parts[0].dim(); }
  std::int64_t size(std::int64_t d) const { return parts[0].size(d); }
};

/// A wire: may enter any operation.
struct Secret : Shared {};

/// The result of products before its truncation, at the sum of the factors' fraction bits. Products
/// are added up first and truncated once; they cannot be multiplied.
struct Product : Shared {};

/// f on every part.
template <class T, class F>
T map(const T& x, F f) {
  T out = x;
  for (auto& part : out.parts) {
    if (part.defined()) part = f(part);
  }
  return out;
}

/// f on the parts of two operands of one kind; a part that one of them lacks is lost.
template <class T, class F>
T map(const T& x, const T& y, F f) {
  if (x.fraction_bits != y.fraction_bits)
    throw std::invalid_argument("expected operands with the same number of fraction bits");
  T out = x;
  out.dealt = x.dealt && y.dealt;
  for (std::size_t i = 0; i < out.parts.size(); ++i) {
    out.parts[i] =
        x.parts[i].defined() && y.parts[i].defined() ? f(x.parts[i], y.parts[i]) : at::Tensor();
  }
  return out;
}

// Linear operations: no message, exact.

template <class T>
T add(const T& x, const T& y) {
  return map(x, y, [](const at::Tensor& a, const at::Tensor& b) { return a + b; });
}
template <class T>
T subtract(const T& x, const T& y) {
  return map(x, y, [](const at::Tensor& a, const at::Tensor& b) { return a - b; });
}
template <class T>
T negate(const T& x) {
  return map(x, [](const at::Tensor& a) { return a.neg(); });
}
/// Times a whole number or a tensor of them.
template <class T>
T times(const T& x, const at::Tensor& integers) {
  return map(x, [&](const at::Tensor& a) { return a * integers; });
}
template <class T>
T sum(const T& x, at::IntArrayRef dims, bool keep = false) {
  return map(x, [&](const at::Tensor& a) { return a.sum(dims, keep); });
}
template <class T>
T reshape(const T& x, at::IntArrayRef sizes) {
  return map(x, [&](const at::Tensor& a) { return a.reshape(sizes); });
}
template <class T>
T permute(const T& x, at::IntArrayRef dims) {
  return map(x, [&](const at::Tensor& a) { return a.permute(dims); });
}
template <class T>
T transpose(const T& x, std::int64_t a, std::int64_t b) {
  return map(x, [&](const at::Tensor& part) { return part.transpose(a, b); });
}
template <class T>
T narrow(const T& x, std::int64_t dim, std::int64_t start, std::int64_t length) {
  return map(x, [&](const at::Tensor& a) { return a.narrow(dim, start, length); });
}
template <class T>
T index_select(const T& x, std::int64_t dim, const at::Tensor& indices) {
  return map(x, [&](const at::Tensor& a) { return a.index_select(dim, indices); });
}
template <class T>
T expand(const T& x, at::IntArrayRef sizes) {
  return map(x, [&](const at::Tensor& a) { return a.expand(sizes); });
}
/// Along an existing dimension. Errors: std::invalid_argument for operands of different fractions.
template <class T>
T cat(const std::vector<T>& all, std::int64_t dim) {
  T out = all.front();
  for (std::size_t i = 0; i < out.parts.size(); ++i) {
    std::vector<at::Tensor> parts;
    for (const auto& x : all) {
      if (x.fraction_bits != out.fraction_bits)
        throw std::invalid_argument("expected operands with the same number of fraction bits");
      out.dealt = out.dealt && x.dealt;
      if (x.parts[i].defined()) parts.push_back(x.parts[i]);
    }
    out.parts[i] = parts.size() == all.size() ? at::cat(parts, dim) : at::Tensor();
  }
  return out;
}

}  // namespace assay::mpc
