#include <ATen/TensorOperators.h>
#include <ATen/ops/div.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros_like.h>
#include "mpc/additive/additive.h"

#include "mpc/additive/unopened.h"

// What CrypTen does, to be measured beside what is right. Both are wrong where the shares of a
// number add up across the ring's border, which happens to one number in 2^64 / |x|.

namespace assay::mpc::additive {
namespace {

/// Rounded towards zero, as C++ divides.
at::Tensor divide(const at::Tensor& share, int bits) {
  return at::div(share, at::scalar_tensor(std::int64_t{1} << bits, at::kLong), "trunc");
}

/// a + b modulo 2^64 as signed numbers, and how often the sum has wrapped: -1, 0 or 1.
struct Wrapped {
  at::Tensor sum, wraps;
};
Wrapped add_and_count(const at::Tensor& a, const at::Tensor& b) {
  const auto sum = a + b;
  const auto up = (a >= 0).logical_and(b >= 0).logical_and(sum < 0);
  const auto down = (a < 0).logical_and(b < 0).logical_and(sum >= 0);
  return {sum, up.to(at::kLong) - down.to(at::kLong)};
}

at::Tensor wraps_of(const std::vector<at::Tensor>& shares) {
  Wrapped total{at::zeros_like(shares.front()), at::zeros_like(shares.front())};
  for (const auto& share : shares) {
    auto next = add_and_count(total.sum, share);
    total = {next.sum, total.wraps + next.wraps};
  }
  return total.wraps;
}

}  // namespace

Secret Additive::truncate_locally(const Product& x, int bits) {
  const auto share = session_.adds_public() ? x.parts[0] + x.parts[1] : x.parts[1];
  return unopened<Secret>(divide(share, bits), x.fraction_bits - bits);
}

/// With x = sum of x_i - theta_x 2^64, and z_i = x_i + r_i opened to party 0,
///   theta_x = theta_z + sum of beta_i - theta_r - eta,
/// beta_i the wrap of z_i, and eta that of x + r, which is taken for 0.
Secret Additive::truncate_by_wraps(const Product& x, int bits) {
  auto& provider = session_.provider();
  const auto share = session_.adds_public() ? x.parts[0] + x.parts[1] : x.parts[1];
  at::Tensor own_r = at::zeros_like(share);
  std::vector<at::Tensor> r;  // of every party, at the dealer
  for (Rank owner = 0; owner < parties(); ++owner) {
    const auto dealt = provider.draw_for(owner, share.sizes());
    if (owner == rank()) own_r = dealt.share;
    if (dealt.value.defined()) r.push_back(dealt.value);
  }
  const auto theta_r = provider.deal(Group::sum, share.sizes(), [&] { return wraps_of(r); });
  const auto z = add_and_count(share, own_r);
  auto theta_x = z.wraps - theta_r;
  if (const auto all = session_.gather(0, "wraps", z.sum); !all.empty())
    theta_x = theta_x + wraps_of(all);
  return unopened<Secret>(divide(share, bits) - theta_x.bitwise_left_shift(64 - bits),
                          x.fraction_bits - bits);
}

}  // namespace assay::mpc::additive
