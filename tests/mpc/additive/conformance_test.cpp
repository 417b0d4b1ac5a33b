
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include "mpc/fixed_point.h"

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/extremes.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

// Every operation among 2, 3 and 5 parties against the same program in the clear.

namespace assay::mpc {
namespace {

struct Operation {
  std::string name;
  std::function<Secret(Protocol&, const Secret&, const Secret&)> run;
  double largest;     ///< magnitude of the inputs
  std::int64_t ulps;  ///< that the result may differ by
};

Secret bit(Protocol& p, const Bits& bits) {
  return p.to_number(bits, p.fraction_bits());
}

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = {
      {"add", [](Protocol&, auto& x, auto& y) { return add(x, y); }, 1e9, 0},
      {"subtract", [](Protocol&, auto& x, auto& y) { return subtract(x, y); }, 1e9, 0},
      {"negate", [](Protocol&, auto& x, auto&) { return negate(x); }, 1e9, 0},
      {"times whole numbers",
       [](Protocol&, auto& x, auto&) { return times(x, at::full(x.sizes(), -3, at::kLong)); }, 3e8,
       0},
      {"sum", [](Protocol&, auto& x, auto&) { return sum(x, {}); }, 1e6, 0},
      {"shapes",
       [](Protocol&, auto& x, auto&) {
         const auto flat = reshape(x, {x.numel()});
         const auto twice = cat<Secret>({flat, flat}, 0);
         const auto backwards = at::arange(twice.numel() - 1, -1, -1, at::kLong);
         const auto rows = reshape(index_select(twice, 0, backwards), {2, x.numel()});
         return expand(narrow(permute(transpose(rows, 0, 1), {1, 0}), 0, 0, 1), {3, x.numel()});
       },
       1e9, 0},
      {"constant",
       [](Protocol& p, auto& x, auto&) {
         return add(x, p.constant(at::full(x.sizes(), 12345, at::kLong), x.fraction_bits));
       },
       1e9, 0},
      {"settle a product with a whole number",
       [](Protocol& p, auto& x, auto&) {
         const auto five = p.constant(at::full({}, 5, at::kLong), 0);
         return p.settle(p.product(elementwise(), x, five));
       },
       2e8, 0},
      {"add a public number to a product",
       [](Protocol& p, auto& x, auto& y) {
         const auto product = p.product(elementwise(), x, y);
         return p.truncate_exactly(p.add_public(product, at::full({}, 1 << 20, at::kLong)), 16);
       },
       3e4, 0},
      {"add a public number", [](Protocol& p, auto& x, auto&) { return add(p, x, -2.5); }, 1e9, 0},
      {"scale", [](Protocol& p, auto& x, auto&) { return scale(p, x, -0.3); }, 1e6, 1},
      {"scale by a whole number", [](Protocol& p, auto& x, auto&) { return scale(p, x, 3.0); }, 1e6,
       0},
      {"multiply", [](Protocol& p, auto& x, auto& y) { return multiply(p, x, y); }, 3e4, 1},
      {"square", [](Protocol& p, auto& x, auto&) { return square(p, x); }, 3e4, 1},
      {"multiply twice",
       [](Protocol& p, auto& x, auto& y) { return multiply(p, multiply(p, x, y), y); }, 90, 100},
      {"add products and truncate once",
       [](Protocol& p, auto& x, auto& y) {
         return rescale(p, add(p.product(elementwise(), x, y), p.square(x)));
       },
       2e4, 1},
      {"truncate exactly",
       [](Protocol& p, auto& x, auto& y) {
         return p.truncate_exactly(p.product(elementwise(), x, y), p.fraction_bits());
       },
       3e4, 0},
      {"less", [](Protocol& p, auto& x, auto& y) { return bit(p, less(p, x, y)); }, 1e9, 0},
      {"less or equal", [](Protocol& p, auto& x, auto& y) { return bit(p, less_equal(p, x, y)); },
       1e9, 0},
      {"greater", [](Protocol& p, auto& x, auto& y) { return bit(p, greater(p, x, y)); }, 1e9, 0},
      {"greater or equal",
       [](Protocol& p, auto& x, auto& y) { return bit(p, greater_equal(p, x, y)); }, 1e9, 0},
      {"equal", [](Protocol& p, auto& x, auto& y) { return bit(p, equal(p, x, y)); }, 2, 0},
      {"not equal", [](Protocol& p, auto& x, auto& y) { return bit(p, not_equal(p, x, y)); }, 1e9,
       0},
      {"zero", [](Protocol& p, auto& x, auto&) { return bit(p, p.is_zero(x)); }, 1, 0},
      {"not negative",
       [](Protocol& p, auto& x, auto&) { return bit(p, p.negation(p.is_negative(x))); }, 1e9, 0},
      {"select",
       [](Protocol& p, auto& x, auto& y) { return p.settle(p.select(p.is_negative(y), x)); }, 1e9,
       0},
      {"select, then truncate",
       [](Protocol& p, auto& x, auto& y) {
         return p.truncate_exactly(p.select(p.is_zero(y), x), 3);
       },
       1e9, 0},
      // Both approximate: 2^-15 of at most 16, and a unit in the last place.
      {"power of two", [](Protocol& p, auto& x, auto&) { return p.power_of_two(x, 4); }, 4, 34},
      {"cosine", [](Protocol& p, auto& x, auto&) { return p.unit_circle(x).cosine; }, 1e9, 2},
      {"sine", [](Protocol& p, auto& x, auto&) { return p.unit_circle(x).sine; }, 1e9, 2},
      {"both of two bits",
       [](Protocol& p, auto& x, auto& y) {
         return bit(p, p.conjunction(less(p, x, y), p.is_negative(add(x, y))));
       },
       1e9, 0},
      {"one of two bits",
       [](Protocol& p, auto& x, auto& y) {
         return bit(p, p.exclusive_or(less(p, x, y), p.is_negative(add(x, y))));
       },
       1e9, 0},
      {"sign", [](Protocol& p, auto& x, auto&) { return sign(p, x); }, 1e9, 0},
      {"absolute", [](Protocol& p, auto& x, auto&) { return absolute(p, x); }, 1e9, 0},
      {"relu", [](Protocol& p, auto& x, auto&) { return relu(p, x); }, 1e9, 0},
      {"clamp", [](Protocol& p, auto& x, auto&) { return clamp(p, x, -1.5, 3.25); }, 1e8, 0},
      {"maximum", [](Protocol& p, auto& x, auto& y) { return maximum(p, x, y); }, 5e8, 0},
      {"minimum", [](Protocol& p, auto& x, auto& y) { return minimum(p, x, y); }, 5e8, 0},
      {"relu of a product",
       [](Protocol& p, auto& x, auto& y) { return relu(p, multiply(p, x, y)); }, 3e4, 1},
      {"a polynomial",
       [](Protocol& p, auto& x, auto&) { return polynomial(p, x, {1, -0.5, 0.25, 0.125, -2}); }, 4,
       700},
  };
  return all;
}

/// Values of all sizes up to `largest`, with zero and both ends among them.
at::Tensor values(at::IntArrayRef sizes, double largest, std::uint64_t seed) {
  const auto generator = at::detail::createCPUGenerator(seed);
  const auto magnitude = at::rand(sizes, generator, at::kDouble) * std::log(largest * 65536);
  const auto sign = at::rand(sizes, generator, at::kDouble) < 0.5;
  auto out = at::where(sign, -magnitude.exp(), magnitude.exp()) / 65536;
  auto flat = out.view({-1});
  if (flat.numel() > 3) {
    flat[0] = 0.0;
    flat[1] = largest;
    flat[2] = -largest;
  }
  return out;
}

/// How far the parties' results are from the plain one, in units in the last place.
std::int64_t distance(const Computed& computed, const at::Tensor& plain) {
  std::int64_t worst = 0;
  for (const auto& result : computed.results) {
    REQUIRE(result.sizes() == plain.sizes());
    if (plain.numel() > 0)
      worst = std::max(worst, (result - plain).abs().max().item<std::int64_t>());
  }
  return worst;
}

}  // namespace

TEST_CASE("every operation agrees with the same program in the clear, among 2, 3 and 5 parties",
          "[mpc]") {
  const std::vector<std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>> shapes = {
      {{}, {}},       {{0}, {0}},    {{1}, {1}},
      {{130}, {130}}, {{3, 4}, {4}}, {{2, 1, 3, 2}, {2, 3, 1, 1}}};
  std::uint64_t seed = 0;
  for (const auto& operation : operations()) {
    for (const auto& [a, b] : shapes) {
      const auto x = values(a, operation.largest, ++seed), y = values(b, operation.largest, ++seed);
      const auto program = [&](Protocol& p) {
        const auto last = p.parties() - 1;
        return p.reveal(operation.run(p, input_real(p, 0, x), input_real(p, last, y)), "result");
      };
      const auto plain = run_plain(program);
      for (const Rank parties : {2, 3, 5}) {
        CAPTURE(operation.name, a, b, parties);
        for (const auto dealer : kDealers) {
          CAPTURE(to_string(dealer));
          const auto computed = run_additive(parties, program, 16, seed, dealer);
          CHECK(distance(computed, plain) <= operation.ulps);
        }
      }
    }
  }
}

TEST_CASE("matrix products and convolutions agree with the clear, gradients included", "[mpc]") {
  const auto check = [](const Bilinear& f, at::IntArrayRef a, at::IntArrayRef b) {
    const auto x = values(a, 50.0, 7), y = values(b, 50.0, 8);
    const auto program = [&](Protocol& p) {
      return p.reveal(
          rescale(p, p.product(f, input_real(p, 0, x), input_real(p, 1 % p.parties(), y))),
          "result");
    };
    const auto plain = run_plain(program);
    if (plain.numel() > 0)
      CHECK((decode(plain, 16) - f.real(x, y)).abs().max().item<double>() < 0.05);
    for (const Rank parties : {2, 3, 5}) {
      CAPTURE(f.name, a, b, parties);
      for (const auto dealer : kDealers) {
        CAPTURE(to_string(dealer));
        CHECK(distance(run_additive(parties, program, 16, 1, dealer), plain) <= 1);
      }
    }
  };
  check(matrix_product(), {3, 4}, {4, 5});
  check(matrix_product(), {1, 7}, {7, 1});
  check(matrix_product(), {2, 3, 4}, {4, 5});
  check(matrix_product(), {0, 4}, {4, 5});
  check(matrix_product(), {3, 0}, {0, 5});
  check(matrix_product(), {2, 1, 3, 4}, {5, 4, 2});
  const Convolution plain_conv, strided{.stride = 2, .padding = 1, .dilation = 1, .groups = 2};
  check(convolution(plain_conv), {2, 3, 6, 5}, {4, 3, 3, 2});
  check(convolution(strided), {2, 4, 7, 7}, {6, 2, 3, 3});
  check(convolution_input_gradient(strided, 7, 7), {2, 6, 4, 4}, {6, 2, 3, 3});
  check(convolution_weight_gradient(strided, 3, 3), {2, 4, 7, 7}, {2, 6, 4, 4});
}

TEST_CASE("a value is told to one party alone, and inputs come from any", "[mpc]") {
  const auto x = values({9}, 1e9, 3), y = values({9}, 1e9, 4);
  for (const Rank parties : {2, 3, 5}) {
    for (const auto dealer : kDealers) {
      for (Rank to = 0; to < parties; ++to) {
        CAPTURE(parties, to, to_string(dealer));
        const auto told = run_additive(
            parties,
            [&](Protocol& p) {
              const auto sum = add(input_real(p, to, x), input_real(p, (to + 1) % parties, y));
              return p.reveal_to(to, sum, "sum");
            },
            16, 1, dealer);
        for (Rank rank = 0; rank < parties; ++rank) {
          const auto& result = told.results[static_cast<std::size_t>(rank)];
          REQUIRE(result.defined() == (rank == to));
          if (rank == to) CHECK(at::equal(result, encode(x, 16) + encode(y, 16)));
        }
      }
    }
  }
}

TEST_CASE("extremes along a dimension, their places, and ties to the first", "[mpc]") {
  for (const std::int64_t count : {1, 2, 3, 5, 10, 13}) {
    auto x = values({4, count, 3}, 1e6, static_cast<std::uint64_t>(count));
    if (count > 3) x.select(1, 3) = x.select(1, 1);  // equal ones
    const auto largest = [&](Protocol& p) {
      return p.reveal(max(p, input_real(p, 0, x), 1), "max");
    };
    const auto where_largest = [&](Protocol& p) {
      return p.reveal(max_with_index(p, input_real(p, 0, x), 1).one_hot, "argmax");
    };
    const auto smallest = [&](Protocol& p) {
      return p.reveal(min_with_index(p, input_real(p, 0, x), 1).value, "min");
    };
    const auto ring = encode(x, 16);
    // The first of the largest, spelled out: LibTorch's argmax promises none in particular.
    const auto top = std::get<0>(ring.max(1, true));
    const auto hits = (ring == top).to(at::kLong);
    const auto first = hits * (hits.cumsum(1) == 1).to(at::kLong);
    for (const Rank parties : {2, 3, 5}) {
      CAPTURE(count, parties);
      CHECK(distance(run_additive(parties, largest), top.squeeze(1)) == 0);
      CHECK(distance(run_additive(parties, where_largest), first) == 0);
      CHECK(distance(run_additive(parties, smallest), std::get<0>(ring.min(1))) == 0);
    }
  }
}

// A scale-1 correction that is multiplied by the scale vanishes modulo 2^64: products of zeros then
// come out as multiples of 2^32 in a quarter (3 parties) to 40 % (5 parties) of cases.
TEST_CASE("products of zeros are zero at every number of parties", "[mpc]") {
  const auto zeros = at::zeros({20'000}, at::kDouble);
  const auto program = [&](Protocol& p) {
    return p.reveal(multiply(p, input_real(p, 0, zeros), input_real(p, 1, zeros)), "result");
  };
  for (const Rank parties : {2, 3, 4, 5, 8}) {
    const auto computed = run_additive(parties, program);
    CAPTURE(parties);
    CHECK(distance(computed, at::zeros({20'000}, at::kLong)) == 0);
  }
}

TEST_CASE("a program that leaves the domain is told so in the clear", "[mpc]") {
  const auto program = [](Protocol& p) {
    const auto x = input_real(p, 0, at::full({1}, 1e6, at::kDouble));
    return p.reveal(multiply(p, x, x), "result");
  };
  CHECK_THROWS_AS(run_plain(program), std::range_error);
  CHECK_NOTHROW(run_plain(program, 16, false));
}

}  // namespace assay::mpc
