#include "mpc/nn/activations.h"

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/sigmoid.h"

namespace assay::mpc::nn {

Variable relu(Protocol& p, const Variable& x) {
  const auto positive = p.is_negative(negate(x.value()));
  return {p.settle(p.select(positive, x.value())),
          {x},
          [positive](Protocol& q, const Secret& g, const Needed&) {
            return Flow{q.settle(q.select(positive, g))};
          }};
}

/// s' = s - s^2.
Variable sigmoid(Protocol& p, const Variable& x) {
  const auto s = mpc::sigmoid(p, x.value());
  return {s, {x}, [s](Protocol& q, const Secret& g, const Needed&) {
            return Flow{multiply(q, g, subtract(s, square(q, s)))};
          }};
}

/// t' = 1 - t^2.
Variable tanh(Protocol& p, const Variable& x) {
  const auto t = mpc::tanh(p, x.value());
  return {t, {x}, [t](Protocol& q, const Secret& g, const Needed&) {
            return Flow{multiply(q, g, add(q, negate(square(q, t)), 1.0))};
          }};
}

}  // namespace assay::mpc::nn
