#include "mpc/nn/operations.h"

#include <ATen/ops/scalar_tensor.h>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/factors.h"

namespace assay::mpc::nn {
namespace {

/// The gradient of a broadcast operand: summed over what it was repeated along.
template <class T>
T sum_to(const T& gradient, at::IntArrayRef sizes) {
  return map(gradient, [&](const at::Tensor& g) { return g.sum_to_size(sizes); });
}

}  // namespace

Variable add(const Variable& x, const Variable& y) {
  return {add(x.value(), y.value()),
          {x, y},
          [a = x.sizes().vec(), b = y.sizes().vec()](Protocol&, const Secret& g, const Needed&) {
            return Flow{sum_to(g, a), sum_to(g, b)};
          }};
}

Variable subtract(const Variable& x, const Variable& y) {
  return {subtract(x.value(), y.value()),
          {x, y},
          [a = x.sizes().vec(), b = y.sizes().vec()](Protocol&, const Secret& g, const Needed&) {
            return Flow{sum_to(g, a), negate(sum_to(g, b))};
          }};
}

Variable negate(const Variable& x) {
  return {negate(x.value()), {x}, [](Protocol&, const Secret& g, const Needed&) {
            return Flow{negate(g)};
          }};
}

Variable scale(Protocol& p, const Variable& x, double factor) {
  return {scale_finely(p, x.value(), factor),
          {x},
          [factor](Protocol& q, const Secret& g, const Needed&) {
            return Flow{scale_finely(q, g, factor)};
          }};
}

Variable add(Protocol& p, const Variable& x, double term) {
  return {add(p, x.value(), term), {x}, [](Protocol&, const Secret& g, const Needed&) {
            return Flow{g};
          }};
}

/// z = x y:  dx = g y, dy = g x.
Variable multiply(Protocol& p, const Variable& x, const Variable& y) {
  return {multiply(p, x.value(), y.value()),
          {x, y},
          [a = x.value(), b = y.value()](Protocol& q, const Secret& g, const Needed& needed) {
            return factor_gradients(
                q, needed, [&] { return sum_to(q.product(elementwise(), g, b), a.sizes()); },
                [&] { return sum_to(q.product(elementwise(), g, a), b.sizes()); });
          }};
}

/// z = x^2:  dx = 2 g x.
Variable square(Protocol& p, const Variable& x) {
  return {square(p, x.value()), {x}, [a = x.value()](Protocol& q, const Secret& g, const Needed&) {
            const auto two = at::scalar_tensor(2, at::kLong);
            return Flow{rescale(q, times(q.product(elementwise(), g, a), two))};
          }};
}

/// Z = X Y:  dX = G Y^T, dY = X^T G.
Variable matrix_product(Protocol& p, const Variable& x, const Variable& y) {
  const auto& f = mpc::matrix_product();
  return {matrix_product(p, x.value(), y.value()),
          {x, y},
          [&f, a = x.value(), b = y.value()](Protocol& q, const Secret& g, const Needed& needed) {
            return factor_gradients(
                q, needed, [&] { return sum_to(q.product(f, g, transpose(b, -2, -1)), a.sizes()); },
                [&] { return sum_to(q.product(f, transpose(a, -2, -1), g), b.sizes()); });
          }};
}

}  // namespace assay::mpc::nn
