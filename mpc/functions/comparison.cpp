#include "mpc/functions/comparison.h"

#include <ATen/ops/scalar_tensor.h>

#include <stdexcept>

#include "mpc/functions/arithmetic.h"

namespace assay::mpc {

Bits less(Protocol& p, const Secret& x, const Secret& y) {
  return p.is_negative(subtract(x, y));
}
Bits greater(Protocol& p, const Secret& x, const Secret& y) {
  return less(p, y, x);
}
Bits less_equal(Protocol& p, const Secret& x, const Secret& y) {
  return p.negation(less(p, y, x));
}
Bits greater_equal(Protocol& p, const Secret& x, const Secret& y) {
  return p.negation(less(p, x, y));
}
Bits equal(Protocol& p, const Secret& x, const Secret& y) {
  return p.is_zero(subtract(x, y));
}
Bits not_equal(Protocol& p, const Secret& x, const Secret& y) {
  return p.negation(equal(p, x, y));
}

Secret sign(Protocol& p, const Secret& x) {
  const auto negative = p.to_number(p.is_negative(x), p.fraction_bits());
  return add(p, times(negative, at::scalar_tensor(-2, at::kLong)), 1.0);
}

Secret absolute(Protocol& p, const Secret& x) {
  const auto negative = p.is_negative(x);
  return add(x, p.settle(p.select(negative, times(x, at::scalar_tensor(-2, at::kLong)))));
}

Secret relu(Protocol& p, const Secret& x) {
  return p.settle(p.select(p.negation(p.is_negative(x)), x));
}

Secret where(Protocol& p, const Bits& bit, const Secret& x, const Secret& y) {
  return add(y, p.settle(p.select(bit, subtract(x, y))));
}

Secret clamp(Protocol& p, const Secret& x, double low, double high) {
  if (!(low <= high)) throw std::invalid_argument("clamp: expected low <= high");
  const auto above_low = relu(p, add(p, x, -low));             // x - low, or 0
  const auto excess = relu(p, add(p, above_low, low - high));  // what lies above high
  return add(p, subtract(above_low, excess), low);
}

}  // namespace assay::mpc
