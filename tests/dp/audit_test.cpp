#include <algorithm>
#include <cmath>

#include "core/random/stream.h"
#include "core/stats/distributions.h"
#include "dp/accounting/pld.h"
#include "dp/audit/one_run.h"
#include "dp/audit/two_run.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("two-run audit: what so many games can show at most", "[dp][audit]") {
  // ln((1 - F) / F) with F = 1 - 0.025^(1/N).
  CHECK(two_run_ceiling(100, 0.0, 0.05) == Approx(3.28).margin(0.005));
  CHECK(two_run_ceiling(1000, 0.0, 0.05) == Approx(5.60).margin(0.005));
  CHECK(two_run_ceiling(10000, 0.0, 0.05) == Approx(7.90).margin(0.005));
}

TEST_CASE("two-run audit: guesses at random show nothing, and delta is taken off", "[dp][audit]") {
  CHECK(two_run_epsilon({.with = 1000, .missed = 500, .without = 1000, .false_alarms = 500}, 0.0,
                        0.05) == 0.0);
  const GameCounts counts{.with = 1000, .missed = 100, .without = 1000, .false_alarms = 10};
  CHECK(two_run_epsilon(counts, 0.1, 0.05) < two_run_epsilon(counts, 0.0, 0.05));
  CHECK(two_run_epsilon(counts, 0.0, 0.01) < two_run_epsilon(counts, 0.0, 0.05));
  // Worlds swapped: few misses show as much as few false alarms.
  CHECK(two_run_epsilon({.with = 1000, .missed = 10, .without = 1000, .false_alarms = 100}, 0.0,
                        0.05) == two_run_epsilon(counts, 0.0, 0.05));
  CHECK(two_run_epsilon({}, 0.0, 0.05) == 0.0);
}

TEST_CASE("two-run audit: never above the truth more often than alpha says", "[dp][audit]") {
  // The Gaussian mechanism of noise multiplier 1, 200 audits of 400 games, alpha = 0.1. The bound
  // may exceed the truth in one audit of ten; of 200 in more than 35 with a chance below 0.1 %.
  History gaussian;
  gaussian.add(full_batch(1.0));
  const double truth = pld_epsilon(gaussian, 1e-3);
  Stream stream(5);
  int above = 0;
  double shown = 0.0;
  for (int audit = 0; audit < 200; ++audit) {
    GameCounts counts{.with = 400, .without = 400};
    for (int game = 0; game < 400; ++game) {
      counts.missed += stream.normal({1}).item<double>() + 1.0 < 1.5;
      counts.false_alarms += stream.normal({1}).item<double>() >= 1.5;
    }
    const double epsilon = two_run_epsilon(counts, 1e-3, 0.1);
    above += epsilon > truth;
    shown = std::max(shown, epsilon);
  }
  CHECK(above <= 35);
  CHECK(shown > 0.5);  // and it shows something
}

TEST_CASE("the threshold is chosen on other games than those that count", "[dp][audit]") {
  std::vector<double> with, without;
  for (int k = 0; k < 1000; ++k) {
    const double z = stats::normal_quantile((k + 0.5) / 1000.0);
    with.push_back(z + 2.0);
    without.push_back(z);
  }
  const double threshold = best_threshold(with, without, 1e-6, 0.05);
  CHECK(threshold > 1.0);
  const auto counts = count_games(with, without, threshold);
  CHECK(counts.with == 1000);
  CHECK(two_run_epsilon(counts, 1e-6, 0.05) >
        two_run_epsilon(count_games(with, without, 0.0), 1e-6, 0.05));
  CHECK(count_games({std::nan("")}, {0.0}, 0.5).missed == 1);  // no score is no "yes"
}

TEST_CASE("the Gaussian estimate finds a Gaussian's epsilon, and is called an estimate",
          "[dp][audit]") {
  // mu = 2: error rates of 1 - Phi(1) at the threshold in the middle.
  const double error = stats::normal_upper_tail(1.0);
  const std::int64_t games = 1'000'000;
  const auto wrong = static_cast<std::int64_t>(std::llround(error * static_cast<double>(games)));
  History gaussian;
  gaussian.add(full_batch(0.5));
  CHECK(gdp_epsilon_estimate(
            {.with = games, .missed = wrong, .without = games, .false_alarms = wrong}, 1e-5,
            0.05) == Approx(pld_epsilon(gaussian, 1e-5)).epsilon(0.01));
  CHECK(gdp_epsilon_estimate({.with = 10, .missed = 5, .without = 10, .false_alarms = 5}, 1e-5,
                             0.05) == 0.0);
}

TEST_CASE("one-run audit: values of the published procedure", "[dp][audit]") {
  // Steinke, Nasr, Jagielski, arXiv 2305.08846, appendix D, evaluated in float64 with SciPy 1.x.
  CHECK(one_run_epsilon({1000, 100, 90}, 1e-5, 0.05) == Approx(1.6261434806957262).margin(1e-7));
  CHECK(one_run_epsilon({1000, 1000, 600}, 0.0, 0.05) == Approx(0.29746792364934765).margin(1e-7));
  CHECK(one_run_epsilon({1000, 20, 20}, 1e-6, 0.05) == Approx(1.8195970663713736).margin(1e-7));
  CHECK(one_run_epsilon({20000, 500, 480}, 1e-6, 0.01) == Approx(2.6461354722852506).margin(1e-7));
  CHECK(one_run_epsilon({100, 100, 50}, 1e-5, 0.05) == 0.0);
  CHECK(one_run_epsilon({100, 0, 0}, 1e-5, 0.05) == 0.0);
}

TEST_CASE("one-run audit: p-values fall with correct guesses and rise with epsilon and delta",
          "[dp][audit]") {
  CHECK(one_run_p_value({100, 50, 40}, 1.0, 1e-5) > one_run_p_value({100, 50, 45}, 1.0, 1e-5));
  CHECK(one_run_p_value({100, 50, 45}, 2.0, 1e-5) > one_run_p_value({100, 50, 45}, 1.0, 1e-5));
  CHECK(one_run_p_value({100, 50, 45}, 1.0, 1e-2) > one_run_p_value({100, 50, 45}, 1.0, 1e-5));
  CHECK(one_run_p_value({100, 50, 0}, 0.0, 1.0) == 1.0);
}

TEST_CASE("audits refuse counts that no game can have", "[dp][audit]") {
  CHECK_THROWS_WITH(two_run_epsilon({.with = 1, .missed = 2}, 0.0, 0.05), Contains("at most 1"));
  CHECK_THROWS_WITH(two_run_epsilon({}, 1.0, 0.05), Contains("delta"));
  CHECK_THROWS_WITH(two_run_epsilon({}, 0.0, 0.0), Contains("alpha"));
  CHECK_THROWS_WITH(one_run_epsilon({10, 5, 6}, 0.0, 0.05), Contains("correct <= guesses"));
  CHECK_THROWS_WITH(one_run_p_value({10, 5, 5}, -1.0, 0.0), Contains("epsilon"));
  CHECK_THROWS_WITH(best_threshold({}, {1.0}, 0.0, 0.05), Contains("without"));
}

}  // namespace
}  // namespace assay::dp
