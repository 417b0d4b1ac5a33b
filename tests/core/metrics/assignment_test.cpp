#include "core/metrics/assignment.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "core/random/stream.h"
#include "tests/catch.h"

namespace assay::metrics {
namespace {

double total(const at::Tensor& cost, const std::vector<std::int64_t>& columns) {
  double sum = 0.0;
  for (std::size_t row = 0; row < columns.size(); ++row) {
    if (columns[row] >= 0) {
      sum += cost[static_cast<std::int64_t>(row)][columns[row]].item<double>();
    }
  }
  return sum;
}

/// One-to-one, with as many pairs as fit.
void require_valid(const at::Tensor& cost, const std::vector<std::int64_t>& columns) {
  REQUIRE(static_cast<std::int64_t>(columns.size()) == cost.size(0));
  std::set<std::int64_t> used;
  for (const auto column : columns) {
    if (column == -1) continue;
    REQUIRE(column >= 0);
    REQUIRE(column < cost.size(1));
    REQUIRE(used.insert(column).second);
  }
  REQUIRE(static_cast<std::int64_t>(used.size()) == std::min(cost.size(0), cost.size(1)));
}

/// The least cost over all orders of the longer side.
double brute_force(const at::Tensor& cost) {
  if (cost.size(0) > cost.size(1)) return brute_force(cost.t());
  std::vector<std::int64_t> columns(static_cast<std::size_t>(cost.size(1)));
  std::iota(columns.begin(), columns.end(), 0);
  const auto c = cost.accessor<double, 2>();
  double best = std::numeric_limits<double>::infinity();
  do {
    double sum = 0.0;
    for (std::int64_t row = 0; row < cost.size(0); ++row)
      sum += c[row][columns[row]];
    best = std::min(best, sum);
  } while (std::next_permutation(columns.begin(), columns.end()));
  return best;
}

/// A cost matrix of whole numbers over 7, the same here and in pinned_values.py.
at::Tensor formula(std::int64_t rows, std::int64_t columns) {
  const auto i = at::arange(rows, at::kLong).view({-1, 1});
  const auto j = at::arange(columns, at::kLong);
  return (i * i * 31 + j * 57 + i * j * 101 + 13).remainder(997).to(at::kDouble) / 7.0 - 40.0;
}

TEST_CASE("the least assignment agrees with scipy", "[metrics]") {
  // scipy 1.17: linear_sum_assignment, printed by pinned_values.py.
  struct {
    std::int64_t rows, columns;
    double least;
  } const cases[] = {{4, 4, -83.1428571429},
                     {7, 7, -134.285714286},
                     {12, 5, -162.857142857},
                     {5, 12, -137.285714286},
                     {30, 30, -1035}};
  for (const auto& it : cases) {
    const auto cost = formula(it.rows, it.columns);
    const auto columns = assign(cost);
    require_valid(cost, columns);
    CHECK(total(cost, columns) == Approx(it.least).epsilon(1e-10));
  }
}

TEST_CASE("the assignment is the least of all permutations", "[metrics]") {
  Stream stream(41);
  for (std::int64_t rows = 1; rows <= 7; ++rows) {
    for (std::int64_t columns = 1; columns <= 7; ++columns) {
      for (int kind = 0; kind < 4; ++kind) {
        auto cost = stream.uniform({rows, columns}, -1.0, 1.0).to(at::kDouble);
        if (kind == 1) cost = (cost * 2).round();  // many ties
        if (kind == 2) cost = cost.pow(9) * 1e6;   // very different sizes
        if (kind == 3) cost = cost.abs() + 1e9;    // far from 0
        const auto chosen = assign(cost);
        require_valid(cost, chosen);
        INFO(rows << " x " << columns << ", kind " << kind);
        REQUIRE(total(cost, chosen) == Approx(brute_force(cost)).epsilon(1e-12).margin(1e-12));
      }
    }
  }
}

TEST_CASE("the least cost does not depend on the order of rows and columns", "[metrics]") {
  Stream stream(43);
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{40, 40}, {25, 60}, {60, 25}}) {
    const auto cost = stream.uniform({rows, columns}, 0.0, 1.0).to(at::kDouble);
    const double least = total(cost, assign(cost));
    CHECK(total(cost.t(), assign(cost.t())) == Approx(least).epsilon(1e-12));
    for (int i = 0; i < 5; ++i) {
      const auto shuffled = cost.index_select(0, at::tensor(stream.permutation(rows)))
                                .index_select(1, at::tensor(stream.permutation(columns)));
      const auto chosen = assign(shuffled);
      require_valid(shuffled, chosen);
      CHECK(total(shuffled, chosen) == Approx(least).epsilon(1e-12));
    }
    // Potentials prove it: what is added to a whole row (and, of a square, a column) moves no pair.
    if (rows == columns) {
      const auto offset = stream.uniform({rows, 1}, -5.0, 5.0).to(at::kDouble);
      CHECK(assign(cost + offset) == assign(cost));
      CHECK(assign(cost + offset.t()) == assign(cost));
    }
  }
}

TEST_CASE("an assignment undoes a permutation", "[metrics]") {
  Stream stream(47);
  const auto order = stream.permutation(50);
  auto cost = at::ones({50, 50}, at::kDouble);
  for (std::int64_t row = 0; row < 50; ++row)
    cost[row][order[row]] = 0.0;
  CHECK((assign(cost) == order));
}

TEST_CASE("the assignment of hostile costs", "[metrics]") {
  CHECK(assign(at::zeros({0, 3})).empty());
  CHECK((assign(at::zeros({3, 0})) == std::vector<std::int64_t>{-1, -1, -1}));
  CHECK((assign(at::zeros({1, 1})) == std::vector<std::int64_t>{0}));
  require_valid(at::zeros({6, 6}), assign(at::zeros({6, 6})));
  // Sums of these overflow; the assignment does not.
  const auto huge = at::tensor({1.7e308, -1.7e308, -1.7e308, 1.7e308}, at::kDouble).view({2, 2});
  CHECK((assign(huge) == std::vector<std::int64_t>{1, 0}));
  const auto tiny = at::tensor({5e-324, 0.0, 0.0, 5e-324}, at::kDouble).view({2, 2});
  CHECK((assign(tiny) == std::vector<std::int64_t>{1, 0}));
  CHECK((assign(at::tensor({3, 1, 1, 3}).view({2, 2})) == std::vector<std::int64_t>{1, 0}));
  for (const double bad : {double{NAN}, double{INFINITY}, -double{INFINITY}}) {
    auto cost = at::zeros({3, 3}, at::kDouble);
    cost[1][2] = bad;
    CHECK_THROWS_AS(assign(cost), std::invalid_argument);
  }
  CHECK_THROWS_AS(assign(at::zeros({9})), std::invalid_argument);
  CHECK_THROWS_AS(assign(at::zeros({1, 3, 3})), std::invalid_argument);
}

}  // namespace
}  // namespace assay::metrics
