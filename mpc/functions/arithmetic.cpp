#include "mpc/functions/arithmetic.h"

#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <optional>
#include <stdexcept>

#include "mpc/fixed_point.h"
#include "mpc/functions/reciprocal.h"

namespace assay::mpc {

Secret rescale(Protocol& p, const Product& sum) {
  const int bits = sum.fraction_bits - p.fraction_bits();
  return bits == 0 ? p.settle(sum) : p.truncate(sum, bits);
}

Secret multiply(Protocol& p, const Secret& x, const Secret& y) {
  return rescale(p, p.product(elementwise(), x, y));
}

Secret square(Protocol& p, const Secret& x) {
  return rescale(p, p.square(x));
}

Secret matrix_product(Protocol& p, const Secret& x, const Secret& y) {
  return rescale(p, p.product(matrix_product(), x, y));
}

Secret convolution(Protocol& p, const Secret& input, const Secret& weight, const Convolution& how) {
  return rescale(p, p.product(convolution(how), input, weight));
}

Secret scale(Protocol& p, const Secret& x, const at::Tensor& factors) {
  Product scaled{times(x, encode(factors, p.fraction_bits()))};
  scaled.fraction_bits += p.fraction_bits();
  return rescale(p, scaled);
}

Secret scale(Protocol& p, const Secret& x, double factor) {
  // A whole number needs no truncation.
  if (factor == static_cast<double>(static_cast<std::int64_t>(factor)))
    return times(x, at::scalar_tensor(static_cast<std::int64_t>(factor), at::kLong));
  return scale(p, x, at::scalar_tensor(factor, at::kDouble));
}

Secret add(Protocol& p, const Secret& x, double term) {
  return p.add_public(x, at::scalar_tensor(encode(term, x.fraction_bits), at::kLong));
}

Secret mean(Protocol& p, const Secret& x, at::IntArrayRef dims, bool keep) {
  const auto total = sum(x, dims, keep);
  return scale(p, total, static_cast<double>(total.numel()) / static_cast<double>(x.numel()));
}

Secret power(Protocol& p, const Secret& x, int n) {
  if (n < 0) return reciprocal(p, power(p, x, -n));
  std::optional<Secret> result;
  auto factor = x;  // x^1, x^2, x^4, ...
  for (; n > 0; n >>= 1) {
    if ((n & 1) != 0) result = result ? multiply(p, *result, factor) : factor;
    if (n > 1) factor = square(p, factor);
  }
  if (result) return *result;
  const auto one = std::int64_t{1} << p.fraction_bits();
  return p.constant(at::full(x.sizes(), one, at::kLong), p.fraction_bits());
}

Secret polynomial(Protocol& p, const Secret& x, const std::vector<double>& coefficients) {
  return polynomial(p, x, coefficients, p.fraction_bits());
}

Secret polynomial(Protocol& p, const Secret& x, const std::vector<double>& coefficients, int f) {
  if (coefficients.size() < 2)
    throw std::invalid_argument("polynomial: expected a degree of at least 1");
  std::vector<Secret> powers = {x};  // x^1, x^2, ...; each from two that are about half of it
  const auto degree = coefficients.size() - 1;
  while (powers.size() < degree) {
    // One round gives every power up to twice the highest.
    const auto have = powers.size(), top = std::min(2 * have, degree);
    std::vector<Product> products;
    for (auto k = have + 1; k <= top; ++k) {
      const auto &a = powers[have - 1], &b = powers[k - have - 1];
      products.push_back(k == 2 * have ? p.square(a) : p.product(elementwise(), a, b));
    }
    for (auto& product : products)
      product = reshape(product, {-1});
    const auto settled = p.truncate(cat(products, 0), f);
    for (std::size_t i = 0; i < products.size(); ++i) {
      powers.push_back(reshape(
          narrow(settled, 0, static_cast<std::int64_t>(i) * x.numel(), x.numel()), x.sizes()));
    }
  }
  Product total;
  for (std::size_t k = 1; k <= degree; ++k) {
    Product term{times(powers[k - 1], at::scalar_tensor(encode(coefficients[k], f), at::kLong))};
    term.fraction_bits += f;
    total = k == 1 ? term : add(total, term);
  }
  return p.truncate(
      p.add_public(total, at::scalar_tensor(encode(coefficients[0], f) << f, at::kLong)), f);
}

at::Tensor reveal_real(Protocol& p, const Secret& x, const std::string& what) {
  return decode(p.reveal(x, what), x.fraction_bits);
}

Secret input_real(Protocol& p, Rank owner, const at::Tensor& values) {
  const int f = p.fraction_bits();
  return p.input(owner,
                 p.rank() == owner ? encode(values, f) : at::zeros(values.sizes(), at::kLong), f);
}

}  // namespace assay::mpc
