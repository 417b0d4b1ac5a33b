#include "core/metrics/roc.h"

#include <cmath>
#include <limits>

#include "tests/catch.h"

namespace assay::metrics {
namespace {

using Scores = std::vector<double>;

TEST_CASE("a ROC curve drawn by hand, with ties", "[metrics]") {
  // Thresholds 5, 4, 3, 2, 1. At 4 one member and one non-member come in together, at 2 two of
  // each.
  const Roc roc(Scores{5, 4, 2, 2}, Scores{4, 3, 2, 2, 1});
  const std::vector<std::pair<double, double>> expected = {{0, 0},     {0, 0.25}, {0.2, 0.5},
                                                           {0.4, 0.5}, {0.8, 1},  {1, 1}};
  REQUIRE(roc.points().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(roc.points()[i].fpr == Approx(expected[i].first));
    CHECK(roc.points()[i].tpr == Approx(expected[i].second));
  }
  // Of 20 pairs members win 5 + 4 (and tie 1) + 1 + 1 (and tie 2 + 2): (11 + 5 / 2) / 20.
  CHECK(roc.auc() == Approx(0.675));
  CHECK(roc.advantage() == Approx(0.3));
}

TEST_CASE("separated, reversed and equal scores", "[metrics]") {
  const Roc right(Scores{3, 4}, Scores{1, 2}), wrong(Scores{1, 2}, Scores{3, 4}),
      equal(Scores{7, 7}, Scores{7, 7, 7});
  CHECK(right.auc() == 1.0);
  CHECK(right.advantage() == 1.0);
  CHECK(wrong.auc() == 0.0);
  CHECK(wrong.advantage() == 0.0);
  CHECK(equal.auc() == 0.5);
  CHECK(equal.advantage() == 0.0);
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(Roc(Scores{inf, 1}, Scores{-inf, 0}).auc() == 1.0);
}

TEST_CASE("a TPR is given at a FPR that the non-members resolve, and not beyond it", "[metrics]") {
  Scores members(100), non_members(1000);
  for (std::size_t i = 0; i < members.size(); ++i)
    members[i] = 900.5 + static_cast<double>(i);  // 900.5 ... 999.5: the last above all
  for (std::size_t i = 0; i < non_members.size(); ++i)
    non_members[i] = static_cast<double>(i);
  const Roc roc(members, non_members);
  // FPR 1 % lets 10 of 1,000 in, 990 to 999: any threshold above 989 will do, and 11 members lie
  // there, from 989.5 on.
  CHECK(roc.tpr_at(0.01).value() == Approx(0.11));
  CHECK(roc.tpr_at(0.05).value() == Approx(0.51));
  CHECK(!roc.tpr_at(0.001).has_value());
  CHECK(!Roc(members, Scores(999, 0.0)).tpr_at(0.01).has_value());
  CHECK(resolves(0.001, 10000));
  CHECK(!resolves(0.001, 9999));
}

TEST_CASE("non-members that tie at the threshold all count as false positives", "[metrics]") {
  Scores non_members(1000, 0.0);
  for (std::size_t i = 0; i < 11; ++i)
    non_members[i] = 1.0;
  // Calling 1.0 a member costs a FPR of 1.1 %: at 1 % no threshold is left but the strictest.
  CHECK(Roc(Scores{1.0, 1.0}, non_members).tpr_at(0.01) == 0.0);
  CHECK(Roc(Scores{1.0, 1.0}, non_members).tpr_at(0.011) == 1.0);
}

TEST_CASE("no curve without both sides, nor of what is no number", "[metrics]") {
  CHECK_THROWS_AS(Roc(Scores{}, Scores{1}), std::invalid_argument);
  CHECK_THROWS_AS(Roc(Scores{1}, Scores{}), std::invalid_argument);
  CHECK_THROWS_AS(Roc(Scores{std::nan("")}, Scores{1}), std::invalid_argument);
}

}  // namespace
}  // namespace assay::metrics
