#include "mpc/functions/trigonometric.h"

#include <ATen/ops/scalar_tensor.h>

#include <numbers>

#include "mpc/fixed_point.h"

namespace assay::mpc {
namespace {

constexpr int kFactorBits = 30;  // of 1 / (2 pi)

/// x / (2 pi), not truncated: what the factor adds in bits is precision of the angle.
Secret turns(const Secret& x) {
  auto out = times(x, at::scalar_tensor(encode(0.5 / std::numbers::pi, kFactorBits), at::kLong));
  out.fraction_bits += kFactorBits;
  return out;
}

}  // namespace

UnitCircle circle(Protocol& p, const Secret& x) {
  return p.unit_circle(turns(x));
}

Secret sin(Protocol& p, const Secret& x) {
  return circle(p, x).sine;
}

Secret cos(Protocol& p, const Secret& x) {
  return circle(p, x).cosine;
}

}  // namespace assay::mpc
