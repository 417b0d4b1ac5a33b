
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include "mpc/functions/arithmetic.h"

#include "mpc/functions/comparison.h"
#include "mpc/functions/extremes.h"
#include "mpc/functions/lookup.h"
#include "mpc/functions/sort.h"
#include "mpc/shapes.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

// Sorting, extremes, lookups and rearrangements: exact, whoever deals.

namespace assay::mpc {
namespace {

using Program = std::function<at::Tensor(Protocol&)>;

/// The same at every party, at 16 and 18 bits, among 2, 3 and 5, with either dealer and in the
/// clear.
void check(const Program& program, const at::Tensor& expected) {
  for (const int f : {16, 18}) {
    CHECK(run_plain(program, f).equal(expected));
    for (const Rank parties : {2, 3, 5}) {
      for (const auto dealer : {Dealer::first_party, Dealer::third_party}) {
        const auto computed = run_additive(parties, program, f, 1, dealer);
        for (const auto& result : computed.results) {
          CAPTURE(f, parties, dealer == Dealer::third_party, result, expected);
          CHECK(result.equal(expected));
        }
      }
    }
  }
}

at::Tensor numbers() {
  auto x =
      (at::rand({3, 7, 2}, at::detail::createCPUGenerator(4), at::kDouble) * 2000 - 1000).round() /
      4;
  x.select(1, 2).copy_(x.select(1, 5));  // equal ones
  x.select(1, 6).fill_(-250000.0);
  return x;
}

}  // namespace

TEST_CASE("sorting is exact and stable, with the places it came from", "[mpc]") {
  const auto x = numbers();
  for (const bool descending : {false, true}) {
    const auto [values, indices] = x.sort(/*stable=*/true, 1, descending);
    check(
        [&](Protocol& p) {
          return reveal_real(p, sort(p, input_real(p, 0, x), 1, descending).values, "sorted");
        },
        values);
    check(
        [&](Protocol& p) {
          return p.reveal(sort(p, input_real(p, 1 % p.parties(), x), 1, descending).indices,
                          "places");
        },
        indices);
  }
}

TEST_CASE("the largest few, in order", "[mpc]") {
  const auto x = numbers();
  const auto [sorted, places] = x.sort(true, 1, true);
  for (const std::int64_t k : {1, 3, 7}) {
    check(
        [&](Protocol& p) {
          return reveal_real(p, top_k(p, input_real(p, 0, x), k, 1).values, "largest");
        },
        sorted.narrow(1, 0, k));
    check(
        [&](Protocol& p) {
          return p.reveal(top_k(p, input_real(p, 0, x), k, -2).indices, "places");
        },
        places.narrow(1, 0, k));
  }
  run_plain([&](Protocol& p) {
    const auto secret = input_real(p, 0, x);
    CHECK_THROWS_AS(top_k(p, secret, 0, 1), std::invalid_argument);
    CHECK_THROWS_AS(top_k(p, secret, 8, 1), std::invalid_argument);
    return at::Tensor();
  });
}

TEST_CASE("a single entry and none at all are sorted", "[mpc]") {
  const auto one = at::tensor({-2.5, 7.0}, at::kDouble).reshape({2, 1});
  check(
      [&](Protocol& p) {
        return reveal_real(p, sort(p, input_real(p, 0, one), 1).values, "sorted");
      },
      one);
  const auto none = at::zeros({0, 4}, at::kDouble);
  check(
      [&](Protocol& p) {
        return reveal_real(p, sort(p, input_real(p, 0, none), 1).values, "sorted");
      },
      none);
}

TEST_CASE("extremes: the value alone, the place alone, and both", "[mpc]") {
  const auto x = numbers();
  const auto top = x.amax(1), bottom = x.amin(1);
  // Of equal ones the first, which a stable sort has first.
  const auto place = std::get<1>(x.sort(true, 1, true)).select(1, 0);
  const auto least = std::get<1>(x.sort(true, 1, false)).select(1, 0);
  check([&](Protocol& p) { return reveal_real(p, max(p, input_real(p, 0, x), 1), "max"); }, top);
  check([&](Protocol& p) { return reveal_real(p, min(p, input_real(p, 0, x), 1), "min"); }, bottom);
  check([&](Protocol& p) { return p.reveal(argmax(p, input_real(p, 0, x), 1), "argmax"); }, place);
  check([&](Protocol& p) { return p.reveal(argmin(p, input_real(p, 0, x), 1), "argmin"); }, least);
  check(
      [&](Protocol& p) {
        return reveal_real(p, max_with_index(p, input_real(p, 0, x), 1).value, "max");
      },
      top);
  check(
      [&](Protocol& p) {
        return p.reveal(min_with_index(p, input_real(p, 0, x), 1).index(1), "argmin");
      },
      least);
}

TEST_CASE("rows of a secret table at secret places", "[mpc]") {
  const auto table =
      (at::rand({5, 2, 3}, at::detail::createCPUGenerator(5), at::kDouble) * 64).round() / 8;
  const auto index = at::tensor({4, 0, 2, 2, 1, 3}, at::kLong).reshape({2, 3});
  const auto rows = table.index_select(0, index.flatten()).reshape({2, 3, 2, 3});
  check(
      [&](Protocol& p) {
        return reveal_real(
            p, lookup(p, p.input(0, index, 0), input_real(p, 1 % p.parties(), table)), "rows");
      },
      rows);
  check([&](Protocol& p) { return p.reveal(one_hot(p, p.input(0, index, 0), 5), "unit vectors"); },
        at::one_hot(index, 5));
  // From numbers with fraction bits, and from the place of a maximum.
  check(
      [&](Protocol& p) {
        return p.reveal(one_hot(p, whole_number(p, input_real(p, 0, index.to(at::kDouble))), 5),
                        "unit vectors");
      },
      at::one_hot(index, 5));
  check(
      [&](Protocol& p) {
        return reveal_real(p,
                           lookup(p, argmax(p, input_real(p, 0, index.to(at::kDouble)), 1),
                                  input_real(p, 0, table)),
                           "rows");
      },
      table.index_select(0, at::tensor({0, 2}, at::kLong)));
}

TEST_CASE("unit vectors count places modulo a power of two, and reject fractions", "[mpc]") {
  const auto index = at::tensor({-1, 5, 8, 13, 7}, at::kLong);
  check(
      [&](Protocol& p) { return p.reveal(p.unit_vector(p.input(0, index, 0), 6), "unit vectors"); },
      at::one_hot(index.remainder(8), 8).narrow(1, 0, 6));
  for (const Rank parties : {1, 2}) {
    const Program program = [](Protocol& p) {
      const auto x = input_real(p, 0, at::ones({2}, at::kDouble));
      CHECK_THROWS_AS(p.unit_vector(x, 4), std::invalid_argument);
      CHECK_THROWS_AS(p.unit_vector(p.input(0, at::ones({2}, at::kLong), 0), 0),
                      std::invalid_argument);
      CHECK_THROWS_AS(lookup_one_hot(p, x, x), std::invalid_argument);
      return at::Tensor();
    };
    parties == 1 ? run_plain(program) : run_additive(parties, program).results.front();
  }
}

TEST_CASE("rearrangements are LibTorch's", "[mpc]") {
  const auto x = numbers();
  using Map = std::function<Secret(const Secret&)>;
  using Exact = std::function<at::Tensor(const at::Tensor&)>;
  const auto places = at::tensor({6, 0, 0, 3}, at::kLong);
  const auto all = places.reshape({1, 4, 1}).expand({3, 4, 2});
  const std::vector<std::pair<Map, Exact>> maps = {
      {[](auto& s) { return unsqueeze(s, 1); }, [](auto& t) { return t.unsqueeze(1); }},
      {[](auto& s) { return squeeze(narrow(s, 2, 0, 1), 2); },
       [](auto& t) { return t.select(2, 0); }},
      {[](auto& s) { return flatten(s, 1); }, [](auto& t) { return t.flatten(1); }},
      {[](auto& s) { return slice(s, 1, 1, 7, 3); }, [](auto& t) { return t.slice(1, 1, 7, 3); }},
      {[](auto& s) { return pick(s, 1, 4); }, [](auto& t) { return t.select(1, 4); }},
      {[&](auto& s) { return index_select(s, 1, places); },
       [&](auto& t) { return t.index_select(1, places); }},
      {[&](auto& s) { return gather(s, 1, all); }, [&](auto& t) { return t.gather(1, all); }},
      {[&](auto& s) { return index_add(s, 1, places, narrow(s, 1, 0, 4)); },
       [&](auto& t) { return t.index_add(1, places, t.narrow(1, 0, 4)); }},
      {[](auto& s) { return flip(s, {0, 1}); }, [](auto& t) { return t.flip({0, 1}); }},
      {[](auto& s) { return roll(s, 3, 1); }, [](auto& t) { return t.roll(3, 1); }},
      {[](auto& s) { return repeat(s, {2, 1, 2}); }, [](auto& t) { return t.repeat({2, 1, 2}); }},
      {[](auto& s) { return pad(s, {1, 0, 2, 3}); },
       [](auto& t) { return at::constant_pad_nd(t, {1, 0, 2, 3}); }},
      {[](auto& s) { return cumsum(s, 1); }, [](auto& t) { return t.cumsum(1); }},
      {[](auto& s) { return tril(s, -1); }, [](auto& t) { return t.tril(-1); }},
      {[](auto& s) { return triu(s); }, [](auto& t) { return t.triu(); }},
      {[](auto& s) { return diagonal(s, 1); }, [](auto& t) { return t.diagonal(1); }},
      {[](auto& s) { return trace(pick(s, 2, 0)); },
       [](auto& t) { return t.select(2, 0).diagonal().sum(); }},
      {[](auto& s) { return unfold(s, 1, 3, 2); }, [](auto& t) { return t.unfold(1, 3, 2); }},
      {[](auto& s) { return stack(std::vector<Secret>{s, s}, 1); },
       [](auto& t) { return at::stack({t, t}, 1); }},
      {[](auto& s) { return permute(transpose(s, 0, 1), {2, 0, 1}); },
       [](auto& t) { return t.transpose(0, 1).permute({2, 0, 1}); }},
  };
  for (std::size_t i = 0; i < maps.size(); ++i) {
    CAPTURE(i);
    check([&](Protocol& p) { return reveal_real(p, maps[i].first(input_real(p, 0, x)), "x"); },
          maps[i].second(x));
  }
}

TEST_CASE("comparisons and selections broadcast", "[mpc]") {
  const auto x = numbers(), y = x.select(1, 5).unsqueeze(1).contiguous();
  using Compare = Bits (*)(Protocol&, const Secret&, const Secret&);
  const std::vector<std::pair<Compare, at::Tensor>> all = {
      {less, x < y},           {less_equal, x <= y}, {greater, x > y},
      {greater_equal, x >= y}, {equal, x == y},      {not_equal, x != y}};
  for (const auto& [compare, expected] : all) {
    check(
        [&, compare = compare](Protocol& p) {
          return p.reveal(p.to_number(compare(p, input_real(p, 0, x), input_real(p, 0, y)), 0),
                          "bits");
        },
        expected.to(at::kLong));
    check(
        [&, compare = compare](Protocol& p) {
          const auto a = input_real(p, 0, x), b = input_real(p, 0, y);
          return reveal_real(p, where(p, compare(p, a, b), b, a), "chosen");
        },
        at::where(expected, y, x));
  }
}

}  // namespace assay::mpc
