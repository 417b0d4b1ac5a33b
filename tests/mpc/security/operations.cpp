#include "tests/mpc/security/operations.h"

#include <ATen/ops/full.h>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"

namespace assay::mpc::security {
namespace {

using additive::Truncation;

/// The larger pair multiplies to 2^61 in the ring: a mask that is short of a bit gives way.
const std::array<double, 2> kNone = {0.0, 0.0}, kLarge = {23170.0, -23170.0};

/// [n] as a batch of one image of n x 1.
Secret image(const Secret& x) {
  return reshape(x, {1, 1, x.numel(), 1});
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"input", [](Protocol&, auto&, auto&) {}},
      {"reveal of what both worlds share",
       [](Protocol& p, auto& x, auto& y) { p.reveal(add(x, y), "sum"); }},
      {"reveal to the last of what both worlds share",
       [](Protocol& p, auto& x, auto& y) { p.reveal_to(p.parties() - 1, add(x, y), "sum"); }},
      {"constant and sum",
       [](Protocol& p, auto& x, auto&) {
         const auto two = p.constant(at::full({x.numel()}, 2, at::kLong), x.fraction_bits);
         p.truncate(p.product(elementwise(), add(x, two), p.add_public(x, two.parts[0])), 16);
       }},
      {"scale", [](Protocol& p, auto& x, auto&) { scale(p, x, -0.3); }},
      {"settle", [](Protocol& p, auto& x, auto& y) { p.settle(p.product(elementwise(), x, y)); }},
      {"multiply", [](Protocol& p, auto& x, auto& y) { multiply(p, x, y); }},
      {"multiply a broadcast one",
       [](Protocol& p, auto& x, auto& y) { multiply(p, x, narrow(y, 0, 0, 1)); }},
      {"square", [](Protocol& p, auto& x, auto&) { square(p, x); }},
      {"multiply what was multiplied",
       [](Protocol& p, auto& x, auto& y) {
         const auto once = multiply(p, x, y);
         multiply(p, scale(p, once, 1e-9), scale(p, x, 1e-3));
       }},
      {"matrix product",
       [](Protocol& p, auto& x, auto& y) {
         rescale(p, p.product(matrix_product(), reshape(x, {x.numel(), 1}),
                              reshape(y, {1, y.numel()})));
       }},
      {"convolution",
       [](Protocol& p, auto& x, auto& y) {
         rescale(p, p.product(convolution({}), image(x), narrow(image(y), 2, 0, 1)));
       }},
      {"truncate exactly",
       [](Protocol& p, auto& x, auto&) { p.truncate_exactly(p.square(x), 16); }},
      {"truncate exactly by 21 bits",
       [](Protocol& p, auto& x, auto&) { p.truncate_exactly(p.square(x), 21); }},
      {"truncate by wraps",
       [](Protocol& p, auto& x, auto& y) { rescale(p, p.product(elementwise(), x, y)); }, kNone,
       kLarge, Truncation::wraps},
      {"truncate locally", [](Protocol& p, auto& x, auto& y) { multiply(p, multiply(p, x, y), y); },
       kNone, kLarge, Truncation::local, 2},
      {"negative", [](Protocol& p, auto& x, auto&) { p.is_negative(x); }},
      {"zero", [](Protocol& p, auto& x, auto&) { p.is_zero(x); }},
      {"conjunction",
       [](Protocol& p, auto& x, auto& y) { p.conjunction(p.is_negative(x), p.is_zero(y)); }},
      {"negation and exclusive or",
       [](Protocol& p, auto& x, auto& y) {
         const auto a = p.negation(p.is_negative(x)), b = p.is_negative(y);
         p.conjunction(p.exclusive_or(a, b), a);
       }},
      {"bit to number",
       [](Protocol& p, auto& x, auto& y) { square(p, p.to_number(less(p, x, y), 16)); }},
      {"select", [](Protocol& p, auto& x, auto& y) { p.settle(p.select(p.is_negative(y), x)); }},
      {"relu", [](Protocol& p, auto& x, auto&) { relu(p, x); }},
      {"power of two", [](Protocol& p, auto& x, auto&) { p.power_of_two(x, 4); }, {-20, 0}, {4, 0}},
      {"large power of two",
       [](Protocol& p, auto& x, auto&) { p.power_of_two(x, 30); },
       {-20, 0},
       {29, 0}},
      {"unit circle", [](Protocol& p, auto& x, auto&) { p.unit_circle(x); }, {0, 0}, {0.25, 0}},
  };
  return all;
}

Program program_of(const Operation& operation, const std::array<double, 2>& inputs,
                   std::int64_t elements) {
  return [&operation, inputs, elements](Protocol& p, additive::Session*) {
    const auto values = [&](double value) { return at::full({elements}, value, at::kDouble); };
    const auto x = input_real(p, 0, values(inputs[0]));
    const auto y = input_real(p, p.parties() - 1, values(inputs[1]));
    operation.run(p, x, y);
  };
}

}  // namespace assay::mpc::security
