#include "scenarios/gate/compare.h"

#include <algorithm>
#include <cmath>

#include "core/stats/exact_p_value.h"
#include "core/stats/newcombe.h"
#include "core/stats/paired_t.h"
#include "core/stats/welch.h"
#include "tests/catch.h"
#include "tests/scenarios/gate/gate_sample.h"

namespace assay::scenarios {
namespace {

constexpr double kAlpha = 0.05;

RowVerdict compare(const Row& before, const Row& after, double tolerance = 0.3,
                   bool higher_is_worse = true, bool equal_environments = true) {
  return compare_rows(before, after, higher_is_worse, tolerance, equal_environments, kAlpha);
}

Row with_values(Row row, const std::vector<double>& values) {
  REQUIRE(row.units.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    row.units[i].value = values[i];
  row.estimate = estimate_of(row.units, row.design);
  return row;
}

TEST_CASE("rates of the same victims are compared pair by pair", "[gate]") {
  // Two lost, five won, of twelve.
  const auto before = with_values(fresh_row("plain", 0), {1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto after = with_values(before, {0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0});
  const auto v = compare(before, after);
  CHECK(v.method == "tango");
  CHECK(v.n_paired == 12);
  CHECK(*v.change == Approx(3.0 / 12));
  CHECK(*v.lower == stats::tango_lower({5, 2, 12}, 0.95));
  CHECK(*v.upper == stats::tango_upper({5, 2, 12}, 0.95));
  CHECK(*v.p == stats::tango_exact_p_value({5, 2, 12}, 0.3));
  CHECK(*v.baseline == 0.25);
  CHECK(*v.now == 0.5);

  const auto mirrored = compare(before, after, 0.3, /*higher_is_worse=*/false);
  CHECK(*mirrored.change == Approx(-3.0 / 12));
  CHECK(*mirrored.upper == stats::tango_upper({2, 5, 12}, 0.95));
}

TEST_CASE("rates of other environments are compared without pairs", "[gate]") {
  const auto v =
      compare(fresh_row("plain", 3, 60), fresh_row("plain", 9, 12), 0.1, true, /*equal=*/false);
  CHECK(v.method == "newcombe");
  CHECK(v.n_paired == 0);
  CHECK(*v.change == Approx(0.75 - 0.05));
  CHECK(*v.lower == stats::newcombe_lower({3, 60}, {9, 12}, 0.95));
  CHECK(*v.upper == stats::newcombe_upper({3, 60}, {9, 12}, 0.95));
  CHECK(*v.p == stats::newcombe_exact_p_value({3, 60}, {9, 12}, 0.1));
  const auto lower =
      compare(fresh_row("plain", 9, 12), fresh_row("plain", 3, 60), 0.1, false, false);
  CHECK(*lower.change == Approx(0.70));
  CHECK(*lower.p == *v.p);
}

TEST_CASE("only victims that both sides have are paired, in whatever order they stand", "[gate]") {
  auto before = fresh_row("plain", 10, 30), after = fresh_row("plain", 12, 12);
  std::reverse(before.units.begin(), before.units.end());
  const auto v = compare(before, after);
  CHECK(v.n_baseline == 30);
  CHECK(v.n_now == 12);
  CHECK(v.n_paired == 12);
  CHECK(*v.change == Approx(2.0 / 12));  // victims 10 and 11
  CHECK(*v.p == stats::tango_exact_p_value({2, 0, 12}, 0.3));
}

TEST_CASE("with few victims in common pairs are given up for all the others", "[gate]") {
  auto before = fresh_row("plain", 6), after = fresh_row("plain", 6);
  for (std::size_t i = 0; i < 6; ++i)
    after.units[i].unit = "new " + std::to_string(i);
  CHECK(compare(before, after).method == "tango");  // six of twelve
  after.units[6].unit = "new 6";
  CHECK(compare(before, after).method == "newcombe");
  CHECK(compare(before, after).n_paired == 0);
}

TEST_CASE("victims who share a model are compared by the means of their seeds", "[gate]") {
  const auto before = shared_row("plain", {1, 2, 1, 3, 2}),
             after = shared_row("plain", {4, 4, 5, 5, 4});
  const std::vector<double> d = {0.3, 0.2, 0.4, 0.2, 0.2};
  const auto v = compare(before, after, 0.1);
  CHECK(v.method == "paired_t");
  CHECK(v.n_paired == 50);
  CHECK(*v.change == Approx(0.26));
  CHECK(*v.lower == Approx(*stats::paired_t_lower(d, 0.95)));
  CHECK(*v.upper == Approx(*stats::paired_t_upper(d, 0.95)));
  CHECK(*v.p == Approx(*stats::paired_t_cautious_p_value(d, 0.1)));

  const std::vector<double> first = {0.1, 0.2, 0.1, 0.3, 0.2}, second = {0.4, 0.4, 0.5, 0.5, 0.4};
  const auto apart = compare(before, after, 0.1, true, /*equal=*/false);
  CHECK(apart.method == "welch");
  CHECK(*apart.change == Approx(0.26));
  CHECK(*apart.p == Approx(*stats::welch_cautious_p_value(first, second, 0.1)));
  CHECK(*apart.upper == Approx(*stats::welch_cautious_upper(first, second, 0.95)));
}

TEST_CASE("a seed's mean difference is over the victims that both sides have", "[gate]") {
  // Seed 1 lost the only victim that was ever rebuilt: its mean must not fall by that.
  const auto before = shared_row("plain", {1, 1, 1, 1, 1});
  auto after = before;
  after.units.erase(after.units.begin());
  const auto v = compare(before, after, 0.1);
  CHECK(v.n_paired == 49);
  CHECK(*v.change == 0.0);
  CHECK(*v.upper == 0.0);
}

TEST_CASE("numbers are compared by units or by seeds, as their models are", "[gate]") {
  const auto before = distance_row("plain", 20.0), after = distance_row("plain", 23.0);
  const auto v = compare(before, after, 1.0);
  CHECK(v.method == "paired_t");
  CHECK(*v.change == 3.0);
  CHECK(*v.p == 0.0);  // both got worse by 3: no spread
  CHECK(compare(before, after, 1.0, true, false).method == "welch");

  const auto worse = compare(accuracy_row("plain", {0.9, 0.91, 0.92}),
                             accuracy_row("plain", {0.8, 0.82, 0.8}), 0.05, false);
  CHECK(*worse.change == Approx((0.10 + 0.09 + 0.12) / 3));
  CHECK(*worse.p ==
        Approx(*stats::paired_t_cautious_p_value(std::vector<double>{0.1, 0.09, 0.12}, 0.05)));
}

TEST_CASE("of counts the worst seed decides, whatever the environments", "[gate]") {
  const auto before = bytes_row("plain", {1000, 1000, 1000});
  const auto after = bytes_row("plain", {990, 1001, 1000});
  for (const bool equal : {true, false}) {
    const auto v = compare(before, after, 0.0, true, equal);
    CHECK(v.method == "exact");
    CHECK(*v.change == 1.0);
    CHECK(*v.p == 0.0);
    CHECK(*compare(before, after, 1.0, true, equal).p == 1.0);
    CHECK(*compare(after, before, 0.0, true, equal).change == 10.0);
    CHECK(*compare(before, before, 0.0, true, equal).p == 1.0);
  }
  auto other = before;
  for (auto& unit : other.units)
    unit.seed += 10;
  CHECK_FALSE(compare(before, other).change);
  CHECK_FALSE(compare(before, other).p);
}

TEST_CASE("a comparison holds no number that is none, in whatever corner", "[gate]") {
  auto good = [](const std::optional<double>& x) { return !x || std::isfinite(*x); };
  std::vector<Row> sides;
  for (const std::int64_t n : {0, 1, 2, 12}) {
    for (const std::int64_t hits : {std::int64_t{0}, n / 2, n}) {
      sides.push_back(shared_row("plain", std::vector<std::int64_t>(1, hits), n));
      sides.push_back(shared_row("plain", std::vector<std::int64_t>(5, hits), n));
    }
  }
  sides.push_back(shared_row("plain", {0, 0, 0, 0, 10}));
  sides.push_back(shared_row("plain", {10, 10, 10, 10, 0}));
  int tested = 0;
  for (const auto design : {Design::independent_binary, Design::independent,
                            Design::clustered_binary, Design::clustered, Design::counted}) {
    for (auto before : sides) {
      for (auto after : sides) {
        before.design = after.design = design;
        for (const double tolerance : {0.0, 0.2, 1.0, 5.0}) {
          for (const bool flag : {true, false}) {
            for (const bool equal : {true, false}) {
              const auto v = compare_rows(before, after, flag, tolerance, equal, 0.025);
              const bool fine = good(v.change) && good(v.lower) && good(v.upper) && good(v.p) &&
                                (!v.p || (*v.p >= 0.0 && *v.p <= 1.0)) &&
                                (!v.lower || *v.lower <= *v.change + 1e-9) &&
                                (!v.upper || *v.upper >= *v.change - 1e-9);
              if (!fine)
                FAIL_CHECK(v.method << " of " << before.units.size() << " and "
                                    << after.units.size());
              ++tested;
            }
          }
        }
      }
    }
  }
  CHECK(tested == 5 * 26 * 26 * 16);
}

}  // namespace
}  // namespace assay::scenarios
