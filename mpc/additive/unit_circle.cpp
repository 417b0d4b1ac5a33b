#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "mpc/additive/additive.h"
#include "mpc/additive/unopened.h"

namespace assay::mpc::additive {
namespace {

constexpr int kFactorBits = 30;  // of each cosine and sine: their products have 60

at::Tensor angle_of(const at::Tensor& turns, int fraction_bits) {
  const auto part = turns.bitwise_and((std::int64_t{1} << fraction_bits) - 1).to(at::kDouble);
  return part * std::ldexp(2.0 * std::numbers::pi, -fraction_bits);
}

at::Tensor factor(const at::Tensor& real) {
  return (real * std::ldexp(1.0, kFactorBits)).round().to(at::kLong);
}

}  // namespace

/// With t = C - r in turns,
///   cos 2 pi t = cos C cos r + sin C sin r,   sin 2 pi t = sin C cos r - cos C sin r:
/// public factors times dealt ones. Whatever wraps modulo 2^64 is whole turns.
UnitCircle Additive::unit_circle(const Secret& turns_in) {
  const int f = turns_in.fraction_bits;
  if (f < 1 || f > 50) {
    throw std::invalid_argument(
        fmt::format("unit_circle: expected 1 to 50 fraction bits, got {}", f));
  }
  const auto turns = masked(turns_in);
  const auto C = angle_of(turns.parts[0], f);
  const auto cos_C = factor(C.cos()), sin_C = factor(C.sin());
  const auto r = [&] { return angle_of(turns.parts[2].neg(), f); };
  auto& provider = session_.provider();
  const auto cos_r = provider.deal(Group::sum, turns.sizes(), [&] { return factor(r().cos()); });
  const auto sin_r = provider.deal(Group::sum, turns.sizes(), [&] { return factor(r().sin()); });
  const auto [cosine, sine] =
      masked(unopened<Secret>(cos_C * cos_r + sin_C * sin_r, 2 * kFactorBits),
             unopened<Secret>(sin_C * cos_r - cos_C * sin_r, 2 * kFactorBits));
  const int surplus = 2 * kFactorBits - fraction_bits();
  return {truncate_with_correction(Product{cosine}, surplus),
          truncate_with_correction(Product{sine}, surplus)};
}

}  // namespace assay::mpc::additive
