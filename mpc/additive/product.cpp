#include <ATen/TensorOperators.h>
#include "mpc/additive/additive.h"

#include "mpc/additive/unopened.h"

namespace assay::mpc::additive {
/// With x = X + a and y = Y + b:  x y = X Y + X b + a Y + a b.
Product Additive::product(const Bilinear& f, const Secret& x_in, const Secret& y_in) {
  const auto [x, y] = masked(x_in, y_in);
  const auto &X = x.parts[0], &a = x.parts[1], &Y = y.parts[0], &b = y.parts[1];
  auto share = f(X, session_.adds_public() ? b + Y : b) + f(a, Y);
  share += session_.provider().deal(Group::sum, share.sizes(),
                                    [&] { return f(x.parts[2], y.parts[2]); });
  return unopened<Product>(share, x.fraction_bits + y.fraction_bits);
}

/// x^2 = X^2 + 2 X a + a^2.
Product Additive::square(const Secret& x_in) {
  const auto x = masked(x_in);
  const auto &X = x.parts[0], &a = x.parts[1];
  auto share = X * (session_.adds_public() ? a * 2 + X : a * 2);
  share +=
      session_.provider().deal(Group::sum, share.sizes(), [&] { return x.parts[2] * x.parts[2]; });
  return unopened<Product>(share, 2 * x.fraction_bits);
}

Secret Additive::settle(const Product& x) {
  return masked(Secret{x});
}

}  // namespace assay::mpc::additive
