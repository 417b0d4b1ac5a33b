#include "mpc/additive/cost.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/extremes.h"
#include "mpc/functions/lookup.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/functions/sigmoid.h"
#include "mpc/functions/softmax.h"
#include "mpc/functions/sort.h"
#include "mpc/words_arithmetic.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

namespace assay::mpc {
namespace {

using additive::Costs;

struct Priced {
  std::string name;
  std::function<void(Protocol&, const Secret&, const Secret&)> run;
  std::function<Cost(const Costs&, std::int64_t)> declared;
};

/// On inputs, which are dealt, whoever deals.
const std::vector<Priced>& operations() {
  static const std::vector<Priced> all = {
      {"nothing", [](Protocol&, auto&, auto&) {}, [](auto&, auto) { return Cost{}; }},
      {"linear operations",
       [](Protocol&, auto& x, auto& y) {
         subtract(add(x, y), times(x, at::scalar_tensor(3, at::kLong)));
       },
       [](auto&, auto) { return Cost{}; }},
      {"scale", [](Protocol& p, auto& x, auto&) { scale(p, x, 0.3); },
       [](auto& c, auto n) { return c.truncate_wire(n); }},
      {"constants and public numbers",
       [](Protocol& p, auto& x, auto&) {
         p.constant(x.parts[0], 16);
         p.add_public(p.add_public(x, x.parts[0]), x.parts[0]);
       },
       [](auto&, auto) { return Cost{}; }},
      {"settle", [](Protocol& p, auto& x, auto& y) { p.settle(p.product(elementwise(), x, y)); },
       [](auto& c, auto n) { return c.product(n) + c.opening(n); }},
      {"square", [](Protocol& p, auto& x, auto&) { p.square(x); },
       [](auto& c, auto n) { return c.product(n); }},
      {"matrix product of a row and a column",
       [](Protocol& p, auto& x, auto& y) {
         p.product(matrix_product(), reshape(x, {1, x.numel()}), reshape(y, {y.numel(), 1}));
       },
       [](auto& c, auto) { return c.product(1); }},
      {"reveal", [](Protocol& p, auto& x, auto&) { p.reveal(x, "x"); },
       [](auto& c, auto n) { return c.reveal(n); }},
      {"reveal to one", [](Protocol& p, auto& x, auto&) { p.reveal_to(1, x, "x"); },
       [](auto& c, auto n) { return c.reveal_to(n); }},
      {"product", [](Protocol& p, auto& x, auto& y) { p.product(elementwise(), x, y); },
       [](auto& c, auto n) { return c.product(n); }},
      {"multiply", [](Protocol& p, auto& x, auto& y) { multiply(p, x, y); },
       [](auto& c, auto n) { return c.product(n) + c.truncate(n); }},
      {"truncate exactly", [](Protocol& p, auto& x, auto&) { p.truncate_exactly(p.square(x), 16); },
       [](auto& c, auto n) { return c.product(n) + c.truncate_exactly(n, 16); }},
      {"truncate exactly by 18 bits",
       [](Protocol& p, auto& x, auto&) { p.truncate_exactly(p.square(x), 18); },
       [](auto& c, auto n) { return c.product(n) + c.truncate_exactly(n, 18); }},
      {"negative", [](Protocol& p, auto& x, auto&) { p.is_negative(x); },
       [](auto& c, auto n) { return c.is_negative(n); }},
      {"zero", [](Protocol& p, auto& x, auto&) { p.is_zero(x); },
       [](auto& c, auto n) { return c.is_zero(n); }},
      {"linear operations on bits",
       [](Protocol& p, auto& x, auto& y) {
         p.negation(p.exclusive_or(p.is_negative(x), p.is_negative(y)));
       },
       [](auto& c, auto n) { return c.is_negative(n) + c.is_negative(n); }},
      {"bit to number", [](Protocol& p, auto& x, auto&) { p.to_number(p.is_negative(x), 16); },
       [](auto& c, auto n) { return c.is_negative(n) + c.to_number(n); }},
      {"select", [](Protocol& p, auto& x, auto& y) { p.select(p.is_zero(x), y); },
       [](auto& c, auto n) { return c.is_zero(n) + c.select(n); }},
      {"both",
       [](Protocol& p, auto& x, auto& y) { p.conjunction(p.is_negative(x), p.is_negative(y)); },
       [](auto& c, auto n) { return c.is_negative(n) + c.is_negative(n) + c.conjunction(n); }},
      {"relu", [](Protocol& p, auto& x, auto&) { relu(p, x); },
       [](auto& c, auto n) { return c.is_negative(n) + c.select(n) + c.opening(n); }},
      {"power of two", [](Protocol& p, auto& x, auto&) { p.power_of_two(x, 4); },
       [](auto& c, auto n) { return c.power_of_two(n, false); }},
      {"unit circle", [](Protocol& p, auto& x, auto&) { p.unit_circle(x); },
       [](auto& c, auto n) { return c.unit_circle(n); }},
      {"unit vector",
       [](Protocol& p, auto& x, auto&) {
         auto whole = x;
         whole.fraction_bits = 0;
         p.unit_vector(whole, 5);
       },
       [](auto& c, auto n) { return c.unit_vector(n, 8); }},
      {"number to words", [](Protocol& p, auto& x, auto&) { p.to_words(x); },
       [](auto& c, auto n) { return c.to_words(n); }},
      {"words to number",
       [](Protocol& p, auto& x, auto&) { p.to_number(p.constant_words(x.parts[0]), 0); },
       [](auto& c, auto n) { return c.words_to_number(n); }},
      {"sum of words",
       [](Protocol& p, auto& x, auto& y) {
         add(p, p.constant_words(x.parts[0]), p.constant_words(y.parts[0]));
       },
       [](auto& c, auto n) { return c.add_words(n); }},
      {"words both",
       [](Protocol& p, auto& x, auto& y) {
         p.conjunction(p.constant_words(x.parts[0]), p.constant_words(y.parts[0]));
       },
       [](auto& c, auto n) { return c.conjunction_of_words(n); }},
      {"bit of words",
       [](Protocol& p, auto& x, auto&) { p.bit(shift_left(p.constant_words(x.parts[0]), 3), 63); },
       [](auto&, auto) { return Cost{}; }},
      {"large power of two", [](Protocol& p, auto& x, auto&) { p.power_of_two(x, 30); },
       [](auto& c, auto n) { return c.power_of_two(n, true); }},
  };
  return all;
}

/// What the program costs beyond its inputs.
Cost counted(Rank parties, std::int64_t n, const Priced& operation,
             Dealer dealer = Dealer::first_party) {
  const auto values = at::linspace(-3.0, 3.0, n, at::kDouble);
  const auto cost = [&](bool run) {
    const auto program = [&](Protocol& p) {
      const auto x = input_real(p, 0, values), y = input_real(p, 1, values);
      if (run) operation.run(p, x, y);
      return at::Tensor();
    };
    return run_additive(parties, program, 16, 1, dealer).cost;
  };
  const auto whole = cost(true), inputs = cost(false);
  return {.rounds = whole.rounds - inputs.rounds,
          .bytes = whole.bytes - inputs.bytes,
          .offline_bytes = whole.offline_bytes - inputs.offline_bytes};
}

}  // namespace

TEST_CASE("operations cost what they declare, whoever deals, at every number of parties", "[mpc]") {
  for (const auto& operation : operations()) {
    for (const Rank parties : {2, 3, 5}) {
      for (const std::int64_t n : {1, 64, 65, 1000}) {
        for (const auto dealer : kDealers) {
          CAPTURE(operation.name, parties, n, to_string(dealer));
          const auto found = counted(parties, n, operation, dealer);
          const auto declared = operation.declared(Costs(parties, sends_corrections(dealer)), n);
          CHECK(found.rounds == declared.rounds);
          CHECK(found.bytes == declared.bytes);
          CHECK(found.offline_bytes == declared.offline_bytes);
        }
      }
    }
  }
}

// A dealer that sees no opening cannot deal products with a truncated wire, which is opened first.
TEST_CASE("a product of truncated wires takes one round, and two from a third party", "[mpc]") {
  const Priced chain{"",
                     [](Protocol& p, auto& x, auto& y) {
                       const auto once = multiply(p, x, y);
                       multiply(p, multiply(p, once, once), y);
                     },
                     {}};
  for (const Rank parties : {2, 3, 5}) {
    CHECK(counted(parties, 10, chain).rounds == 3);
    CHECK(counted(parties, 10, chain, Dealer::third_party).rounds == 5);
    CHECK(counted(parties, 10, chain, Dealer::files).rounds == 5);
    const Priced sorting{"", [](Protocol& p, auto& x, auto&) { sort(p, x, 0); }, {}};
    CHECK(counted(parties, 10, sorting).rounds == 4);
    CHECK(counted(parties, 10, sorting, Dealer::third_party).rounds == 6);
    const Priced table{"",
                       [](Protocol& p, auto& x, auto& y) {
                         auto places = x;
                         places.fraction_bits = 0;
                         lookup(p, places, reshape(y, {5, 2}));
                       },
                       {}};
    CHECK(counted(parties, 10, table).rounds == 1);
    CHECK(counted(parties, 10, table, Dealer::third_party).rounds == 2);
    const Priced matrices{"",
                          [](Protocol& p, auto& x, auto& y) {
                            const auto a = reshape(x, {4, 4}), b = reshape(y, {4, 4});
                            matrix_product(p, matrix_product(p, a, b), b);
                          },
                          {}};
    CHECK(counted(parties, 16, matrices).rounds == 2);
    CHECK(counted(parties, 16, matrices, Dealer::third_party).rounds == 3);
  }
}

TEST_CASE("inputs cost what they declare", "[mpc]") {
  for (const Rank parties : {2, 3, 5}) {
    for (const auto dealer : kDealers) {
      const auto cost = run_additive(
                            parties,
                            [](Protocol& p) {
                              input_real(p, 1, at::zeros({77}, at::kDouble));
                              return at::Tensor();
                            },
                            16, 1, dealer)
                            .cost;
      CHECK(cost == Costs(parties).input(77));
    }
  }
}

TEST_CASE("rounds do not grow with the number of parties, and stay within bounds", "[mpc]") {
  const auto rounds = [](Rank parties, const auto& run) {
    return counted(parties, 100, {"", [&](Protocol& p, auto& x, auto& y) { run(p, x, y); }, {}})
        .rounds;
  };
  for (const Rank parties : {2, 3, 5, 8}) {
    CAPTURE(parties);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto& y) { multiply(p, x, y); }) <= 1);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { p.is_negative(x); }) <= 7);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { relu(p, x); }) <= 8);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { exp(p, x); }) <= 16);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { max(p, reshape(x, {10, 10}), 0); }) <=
          36);
    CHECK(rounds(parties,
                 [](Protocol& p, auto& x, auto&) { argmax(p, reshape(x, {10, 10}), 0); }) <= 36);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { reciprocal(p, x); }) <= 38);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { inverse_sqrt(p, x); }) <= 24);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { sigmoid(p, x); }) <= 23);
    CHECK(rounds(parties,
                 [](Protocol& p, auto& x, auto&) { softmax(p, reshape(x, {10, 10}), 0); }) <= 60);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { sort(p, x, 0); }) == 4);
    CHECK(rounds(parties, [](Protocol& p, auto& x, auto&) { p.to_words(x); }) == 6);
  }
}

}  // namespace assay::mpc
