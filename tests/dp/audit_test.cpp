#include <algorithm>
#include <cmath>
#include <random>

#include "core/stats/distributions.h"
#include "dp/accounting/gdp.h"
#include "dp/audit/one_run.h"
#include "dp/audit/one_run_gaussian.h"
#include "dp/audit/two_run.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

TEST_CASE("an audit without mistakes shows what its number of trainings can") {
  // ln((1 - u) / u) with u = 1 - 0.025^(1/N).
  CHECK(two_run_ceiling(100, 0.0, 0.05) == Approx(3.28).margin(0.005));
  CHECK(two_run_ceiling(1000, 0.0, 0.05) == Approx(5.60).margin(0.005));
  CHECK(two_run_ceiling(10000, 0.0, 0.05) == Approx(7.90).margin(0.005));
  const double u = 1 - std::pow(0.025, 0.01);
  CHECK(two_run_ceiling(100, 1e-3, 0.05) == Approx(std::log((1 - u - 1e-3) / u)));
}

TEST_CASE("either mistake may be the rare one") {
  const TwoRun rare_alarms{50, 100, 0, 1000}, rare_misses{0, 1000, 50, 100};
  CHECK(two_run_epsilon(rare_alarms, 1e-5, 0.05) > 4);
  CHECK(two_run_epsilon(rare_alarms, 1e-5, 0.05) ==
        Approx(two_run_epsilon(rare_misses, 1e-5, 0.05)));
  CHECK(two_run_epsilon({50, 100, 50, 100}, 1e-5, 0.05) == 0.0);
  CHECK(two_run_epsilon({0, 0, 0, 0}, 1e-5, 0.05) == 0.0);  // nothing was tried
  CHECK_THROWS_AS(two_run_epsilon({5, 4, 0, 4}, 0, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(two_run_epsilon({0, 4, 0, 4}, 1.0, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(two_run_epsilon({0, 4, 0, 4}, 0.0, 0.0), std::invalid_argument);
}

TEST_CASE("the bound of the two-run audit holds in at least 95 of 100 audits") {
  // Randomised response, whose epsilon every test shows in full: a coin that is right with q =
  // e^eps / (1 + e^eps). 2,000 audits; a false alarm of the test itself is 4 standard deviations.
  const double epsilon = 1.0, q = 1 / (1 + std::exp(-epsilon));
  std::mt19937_64 generator(7);
  std::binomial_distribution<std::int64_t> wrong(300, 1 - q);
  int above = 0;
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const double found = two_run_epsilon({wrong(generator), 300, wrong(generator), 300}, 0, 0.05);
    above += found > epsilon ? 1 : 0;
    sum += found;
  }
  CHECK(above <= 2000 * 0.05 + 4 * std::sqrt(2000 * 0.05 * 0.95));
  CHECK(sum / 2000 > 0.7);
}

TEST_CASE("the Gaussian estimate of two Gaussians comes near, and is no bound elsewhere") {
  // mu = 2, threshold 1: both mistakes Phi(-1) of the time.
  const auto mistakes =
      static_cast<std::int64_t>(std::llround(1e6 * stats::normal_upper_tail(1.0)));
  const TwoRun gaussian{mistakes, 1000000, mistakes, 1000000};
  const double truth = gdp_epsilon(2.0, 1e-5);
  const double estimate = two_run_gaussian_estimate(gaussian, 1e-5, 0.05);
  CHECK(estimate < truth);
  CHECK(estimate > truth - 0.1);
  CHECK(two_run_epsilon(gaussian, 1e-5, 0.05) < estimate);
  // Randomised response with epsilon 1: the estimate says more than the truth.
  const auto wrong = static_cast<std::int64_t>(1e6 / (1 + std::exp(1.0)));
  const TwoRun response{wrong, 1000000, wrong, 1000000};
  CHECK(two_run_epsilon(response, 1e-5, 0.05) < 1.0);
  CHECK(two_run_gaussian_estimate(response, 1e-5, 0.05) > 1.0);
}

/// The definition, mass by mass.
double naive_p_value(const OneRun& c, double epsilon, double delta) {
  const double q = 1 / (1 + std::exp(-epsilon));
  const auto tail = [&](std::int64_t k) { return stats::binomial_upper_tail(k, c.guesses, q); };
  double steepest = 0;
  for (std::int64_t i = 1; i <= c.correct; ++i)
    steepest = std::max(steepest, (tail(c.correct - i) - tail(c.correct)) / static_cast<double>(i));
  return std::min(1.0, tail(c.correct) + 2 * static_cast<double>(c.canaries) * delta * steepest);
}

TEST_CASE("the p-value of the one-run audit is what its definition says") {
  for (std::int64_t m : {10, 100, 1000}) {
    for (std::int64_t r : {1, 10, 100}) {
      for (std::int64_t missed : {0, 1, 10, 100}) {
        if (r > m || missed > r) continue;
        for (double epsilon : {0.0, 0.5, 1.0, 4.0}) {
          for (double delta : {0.0, 1e-6, 1e-3, 0.1}) {
            const OneRun c{m, r, r - missed};
            INFO(m << " " << r << " " << missed << " " << epsilon << " " << delta);
            CHECK(one_run_p_value(c, epsilon, delta) ==
                  Approx(naive_p_value(c, epsilon, delta)).epsilon(1e-9).margin(1e-14));
          }
        }
      }
    }
  }
  // Where masses underflow: 10^5 of 10^5 right, against a coin.
  CHECK(one_run_p_value({100000, 100000, 100000}, 0.0, 0.0) < 1e-300);
  // All of the coin's mass lies within the 50,000 below: 2 m delta / (m / 2) = 4 delta.
  CHECK(one_run_p_value({100000, 100000, 100000}, 0.0, 0.01) == Approx(0.04).epsilon(0.02));
  CHECK_THROWS_AS(one_run_p_value({5, 6, 3}, 1, 0), std::invalid_argument);
  CHECK_THROWS_AS(one_run_p_value({5, 4, 5}, 1, 0), std::invalid_argument);
}

/// Guesses "included" at a threshold: of so many canaries on each side, those above.
struct Cut {
  std::int64_t hits, false_alarms;
};

/// The corners of the concave hull of the curve of `in` against `out`, all guesses and none among
/// them, as the pinned values use them.
std::vector<Cut> hull_of(const std::vector<double>& in, const std::vector<double>& out) {
  std::vector<std::pair<double, bool>> all;
  for (auto x : in)
    all.emplace_back(-x, true);
  for (auto x : out)
    all.emplace_back(-x, false);
  std::sort(all.begin(), all.end());
  std::vector<Cut> hull = {{0, 0}};
  Cut at{0, 0};
  for (std::size_t i = 0; i < all.size(); ++i) {
    ++(all[i].second ? at.hits : at.false_alarms);
    if (i + 1 < all.size() && all[i + 1].first == all[i].first) continue;
    const auto below = [&] {  // the last corner lies on or below the line that skips it
      const auto &a = hull[hull.size() - 2], &b = hull.back();
      return (b.hits - a.hits) * (at.false_alarms - a.false_alarms) <=
             (at.hits - a.hits) * (b.false_alarms - a.false_alarms);
    };
    while (hull.size() > 1 && below())
      hull.pop_back();
    hull.push_back(at);
  }
  return hull;
}

/// n scores at the quantiles of N(shift, 1).
std::vector<double> quantiles(std::int64_t n, double shift) {
  std::vector<double> out;
  for (std::int64_t k = 0; k < n; ++k)
    out.push_back(shift +
                  stats::normal_quantile((static_cast<double>(k) + 0.5) / static_cast<double>(n)));
  return out;
}

TEST_CASE("one-run audits agree with JAX-Privacy") {
  // tests/auditing_test.py of google-deepmind/jax_privacy, 8967688: 10,000 scores on each side at
  // the quantiles of two normals, alpha 0.05 over the corners of the hull, delta 1e-6.
  constexpr std::int64_t kEach = 10000;
  constexpr double kDelta = 1e-6, kRelative = 2e-5;
  const struct {
    double shift, epsilon, gaussian;
  } pinned[] = {
      {0, 0, 0}, {1, 1.13346, 2.164749}, {2, 2.311945, 4.7218075}, {4, 4.395568, 9.133752}};
  const auto out = quantiles(kEach, 0);
  for (const auto& [shift, epsilon, gaussian] : pinned) {
    INFO(shift);
    const auto hull = hull_of(quantiles(kEach, shift), out);
    const double alpha = 0.05 / static_cast<double>(hull.size());
    double best = 0, best_gaussian = 0;
    for (const auto& cut : hull) {
      const OneRun c{2 * kEach, cut.hits + cut.false_alarms, cut.hits};
      if (one_run_p_value(c, best, 0) <= alpha && one_run_p_value(c, best, kDelta) <= alpha)
        best = std::max(best, one_run_epsilon(c, kDelta, alpha));
      if (one_run_refutes_gaussian(c, best_gaussian, kDelta, alpha))
        best_gaussian = std::max(best_gaussian, one_run_gaussian_epsilon(c, kDelta, alpha));
    }
    CHECK(best == Approx(epsilon).epsilon(kRelative).margin(1e-5));
    CHECK(best_gaussian == Approx(gaussian).epsilon(kRelative).margin(1e-5));
  }
}

TEST_CASE("the bound of the one-run audit holds in at least 95 of 100 audits") {
  // Each canary answers by randomised response: all guesses, each right with q.
  const double epsilon = 1.0, q = 1 / (1 + std::exp(-epsilon));
  std::mt19937_64 generator(8);
  std::binomial_distribution<std::int64_t> right(500, q);
  int above = 0;
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const double found = one_run_epsilon({500, 500, right(generator)}, 0, 0.05);
    above += found > epsilon ? 1 : 0;
    sum += found;
  }
  CHECK(above <= 2000 * 0.05 + 4 * std::sqrt(2000 * 0.05 * 0.95));
  CHECK(sum / 2000 > 0.75);
}

TEST_CASE("more correct guesses show more, a larger delta less") {
  double last = -1;
  for (std::int64_t correct : {50, 60, 75, 90, 100}) {
    const double found = one_run_epsilon({100, 100, correct}, 1e-6, 0.05);
    CHECK(found >= last);
    CHECK(one_run_epsilon({100, 100, correct}, 1e-3, 0.05) <= found);
    last = found;
  }
  // All of 100 right: q^100 = 0.05, epsilon = ln(q / (1 - q)).
  const double q = std::pow(0.05, 0.01);
  CHECK(one_run_epsilon({100, 100, 100}, 0, 0.05) == Approx(std::log(q / (1 - q))).margin(2e-6));
  CHECK(one_run_epsilon({100, 0, 0}, 1e-6, 0.05) == 0.0);
  CHECK(one_run_gaussian_epsilon({100, 0, 0}, 1e-6, 0.05) == 0.0);
}

}  // namespace
}  // namespace assay::dp
