#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <bit>

#include "mpc/additive/additive.h"

namespace assay::mpc::additive {
namespace {

/// 1 at x, 0 at the others: [..., slots].
at::Tensor slots_of(const at::Tensor& x, std::int64_t slots) {
  return x.bitwise_and(slots - 1).unsqueeze(-1).eq(at::arange(slots, at::kLong)).to(at::kLong);
}

}  // namespace

/// With x = X + m modulo the number of slots,  [x = j] = [m = j - X]:  a dealt unit vector, turned
/// by a public number of places. (Damgard, Nielsen, Nielsen, Ranellucci, "TinyTable", ePrint
/// 2016/695.)
Secret Additive::unit_vector(const Secret& x_in, std::int64_t count) {
  require_unit_vector(x_in, count);
  const auto x = masked(x_in);
  const auto slots = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(count)));
  auto sizes = x.sizes().vec();
  sizes.push_back(slots);
  const auto place =
      (at::arange(count, at::kLong) - x.parts[0].unsqueeze(-1)).bitwise_and(slots - 1);
  const auto turned = [&](const at::Tensor& vectors) { return vectors.gather(-1, place); };
  auto& provider = session_.provider();
  const auto m = [&] { return slots_of(x.parts[2], slots); };
  Secret out;
  out.parts[0] = at::zeros({}, at::kLong).expand(place.sizes());
  out.parts[1] = turned(provider.deal(Group::sum, sizes, m));
  out.dealt = provider.follows_openings();
  if (out.dealt && provider.deals()) out.parts[2] = turned(m());
  return out;
}

}  // namespace assay::mpc::additive
