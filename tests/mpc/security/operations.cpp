#include "tests/mpc/security/operations.h"

#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/words_arithmetic.h"

namespace assay::mpc::security {
namespace {

using additive::Truncation;

/// The larger pair multiplies to 2^61 in the ring: a mask that is short of a bit gives way.
const std::array<double, 2> kNone = {0.0, 0.0}, kLarge = {23170.0, -23170.0};
/// As words with 16 fraction bits: every bit is 1.
const std::array<double, 2> kOnes = {-0x1p-16, -0x1p-16};

/// [n] as a batch of one image of n x 1.
Secret image(const Secret& x) {
  return reshape(x, {1, 1, x.numel(), 1});
}

Words first_of(const Words& x) {
  Words out;
  for (std::size_t i = 0; i < out.parts.size(); ++i) {
    if (x.parts[i].defined()) out.parts[i] = x.parts[i].narrow(0, 0, 1);
  }
  return out;
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"input", [](Protocol&, const Secret&, const Secret&) {}},
      {"reveal of what both worlds share",
       [](Protocol& p, const Secret& x, const Secret& y) { p.reveal(add(x, y), "sum"); }},
      {"reveal to the last of what both worlds share",
       [](Protocol& p, const Secret& x, const Secret& y) {
         p.reveal_to(p.parties() - 1, add(x, y), "sum");
       }},
      {"constant and sum",
       [](Protocol& p, const Secret& x, const Secret&) {
         const auto two = p.constant(at::full({x.numel()}, 2, at::kLong), x.fraction_bits);
         p.truncate(p.product(elementwise(), add(x, two), p.add_public(x, two.parts[0])), 16);
       }},
      {"scale", [](Protocol& p, const Secret& x, const Secret&) { scale(p, x, -0.3); }},
      {"settle", [](Protocol& p, const Secret& x,
                    const Secret& y) { p.settle(p.product(elementwise(), x, y)); }},
      {"multiply", [](Protocol& p, const Secret& x, const Secret& y) { multiply(p, x, y); }},
      {"multiply a broadcast one",
       [](Protocol& p, const Secret& x, const Secret& y) { multiply(p, x, narrow(y, 0, 0, 1)); }},
      {"square", [](Protocol& p, const Secret& x, const Secret&) { square(p, x); }},
      {"multiply what was multiplied",
       [](Protocol& p, const Secret& x, const Secret& y) {
         const auto once = multiply(p, x, y);
         multiply(p, scale(p, once, 1e-9), scale(p, x, 1e-3));
       }},
      {"matrix product",
       [](Protocol& p, const Secret& x, const Secret& y) {
         rescale(p, p.product(matrix_product(), reshape(x, {x.numel(), 1}),
                              reshape(y, {1, y.numel()})));
       }},
      {"convolution",
       [](Protocol& p, const Secret& x, const Secret& y) {
         rescale(p, p.product(convolution({}), image(x), narrow(image(y), 2, 0, 1)));
       }},
      {"truncate exactly",
       [](Protocol& p, const Secret& x, const Secret&) { p.truncate_exactly(p.square(x), 16); }},
      {"truncate exactly by 21 bits",
       [](Protocol& p, const Secret& x, const Secret&) { p.truncate_exactly(p.square(x), 21); }},
      {"truncate by wraps",
       [](Protocol& p, const Secret& x, const Secret& y) {
         rescale(p, p.product(elementwise(), x, y));
       },
       kNone, kLarge, Truncation::wraps},
      {"truncate locally",
       [](Protocol& p, const Secret& x, const Secret& y) { multiply(p, multiply(p, x, y), y); },
       kNone, kLarge, Truncation::local, 2},
      {"negative", [](Protocol& p, const Secret& x, const Secret&) { p.is_negative(x); }},
      {"zero", [](Protocol& p, const Secret& x, const Secret&) { p.is_zero(x); }},
      {"conjunction", [](Protocol& p, const Secret& x,
                         const Secret& y) { p.conjunction(p.is_negative(x), p.is_zero(y)); }},
      {"negation and exclusive or",
       [](Protocol& p, const Secret& x, const Secret& y) {
         const auto a = p.negation(p.is_negative(x)), b = p.is_negative(y);
         p.conjunction(p.exclusive_or(a, b), a);
       }},
      {"bit to number", [](Protocol& p, const Secret& x,
                           const Secret& y) { square(p, p.to_number(less(p, x, y), 16)); }},
      {"select", [](Protocol& p, const Secret& x,
                    const Secret& y) { p.settle(p.select(p.is_negative(y), x)); }},
      {"relu", [](Protocol& p, const Secret& x, const Secret&) { relu(p, x); }},
      {"power of two",
       [](Protocol& p, const Secret& x, const Secret&) { p.power_of_two(x, 4); },
       {-20, 0},
       {4, 0}},
      {"large power of two",
       [](Protocol& p, const Secret& x, const Secret&) { p.power_of_two(x, 30); },
       {-20, 0},
       {29, 0}},
      {"unit vector",
       [](Protocol& p, const Secret& x, const Secret&) {
         auto place = x;
         place.fraction_bits = 0;
         p.settle(Product{p.unit_vector(place, 5)});
       },
       {0, 0},
       {3 * 0x1p-16, 0}},
      {"unit circle",
       [](Protocol& p, const Secret& x, const Secret&) { p.unit_circle(x); },
       {0, 0},
       {0.25, 0}},

      {"number to words", [](Protocol& p, const Secret& x, const Secret&) { p.to_words(x); }},
      {"product to words and back",
       [](Protocol& p, const Secret& x, const Secret& y) {
         p.settle(Product{p.to_number(p.to_words(multiply(p, x, y)), 16)});
       }},
      {"input of words", OnWords([](Protocol&, auto&, auto&) {}), kNone, kOnes},
      {"reveal of words that both worlds share",
       OnWords([](Protocol& p, auto& x, auto& y) { p.reveal(exclusive_or(x, y), "sum"); }), kNone,
       kOnes},
      {"reveal of a bit of words that both worlds share",
       OnWords([](Protocol& p, auto& x, auto& y) {
         p.reveal(p.to_number(p.bit(exclusive_or(x, y), 40), 0), "sum");
       }),
       kNone, kOnes},
      {"conjunction of words", OnWords([](Protocol& p, auto& x, auto& y) { p.conjunction(x, y); }),
       kNone, kOnes},
      {"conjunction with a broadcast word",
       OnWords([](Protocol& p, auto& x, auto& y) { p.conjunction(x, first_of(y)); }), kNone, kOnes},
      {"conjunction of constant words and a conjunction",
       OnWords([](Protocol& p, auto& x, auto& y) {
         const auto some = p.constant_words(at::full({x.numel()}, 0x5555, at::kLong));
         p.conjunction(some, p.conjunction(x, y));
       }),
       kNone, kOnes},
      {"shifts, exclusive or and negation of words", OnWords([](Protocol& p, auto& x, auto& y) {
         const auto high = exclusive_or(shift_left(x, 13), negation(p, y));
         const auto low = conjunction(shift_right(y, 20), at::scalar_tensor(0xffff, at::kLong));
         p.conjunction(p.exclusive_or(high, at::scalar_tensor(77, at::kLong)), low);
       }),
       kNone, kOnes},
      {"sum of words", OnWords([](Protocol& p, auto& x, auto& y) { add(p, x, y); }), kNone, kOnes},
      {"words to number",
       OnWords([](Protocol& p, auto& x, auto&) { square(p, p.to_number(x, 16)); })},
      {"words to number and back",
       OnWords([](Protocol& p, auto& x, auto&) { p.to_words(p.to_number(x, 16)); }), kNone, kOnes},
      {"bits of words",
       OnWords([](Protocol& p, auto& x, auto& y) { p.conjunction(p.bit(x, 63), p.bit(y, 0)); }),
       kNone, kOnes},
  };
  return all;
}

Program program_of(const Operation& operation, const std::array<double, 2>& inputs,
                   std::int64_t elements) {
  return [&operation, inputs, elements](Protocol& p, additive::Session*) {
    const auto a = at::full({elements}, inputs[0], at::kDouble);
    const auto b = at::full({elements}, inputs[1], at::kDouble);
    const auto last = p.parties() - 1;
    if (const auto* on_words = std::get_if<OnWords>(&operation.run)) {
      const auto bits = p.fraction_bits();
      const auto x = p.input_words(0, encode(a, bits));
      const auto y = p.input_words(last, encode(b, bits));
      (*on_words)(p, x, y);
    } else {
      const auto x = input_real(p, 0, a);
      const auto y = input_real(p, last, b);
      std::get<OnNumbers>(operation.run)(p, x, y);
    }
  };
}

}  // namespace assay::mpc::security
