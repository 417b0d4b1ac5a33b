#include "core/stats/power.h"

#include <cmath>

#include "core/stats/clopper_pearson.h"
#include "core/stats/distributions.h"
#include "tests/catch.h"

namespace assay::stats {
namespace {

TEST_CASE("the exact power agrees with an enumeration by scipy", "[stats]") {
  // scipy 1.17: the binomial chances of all counts whose interval meets the target;
  // pinned_values.py.
  CHECK(rate_bound_power(0.7, 24, 0.4, 0.14, 0.95) == Approx(0.847218381448).epsilon(1e-10));
  CHECK(rate_bound_power(0.9, 12, 0.4, 0.3, 0.95) == Approx(0.974362529835).epsilon(1e-10));
  CHECK(rate_bound_power(0.5, 60, 0.4, 0.05, 0.9) == Approx(0.448710913496).epsilon(1e-10));
  // at_least 0 is reached by everything, but 0 successes do not lie above a null of 0.
  CHECK(rate_bound_power(0.05, 24, 0.0, 0.0, 0.95) == Approx(0.708010975661).epsilon(1e-10));
}

TEST_CASE("the exact power is the chance of its own condition", "[stats]") {
  for (const std::int64_t n : {1, 5, 24, 59}) {
    for (const double at_least : {0.0, 0.3, 0.8}) {
      for (const double null_hi : {0.0, 0.1423, 0.5}) {
        double expected = 0.0;
        for (std::int64_t x = 0; x <= n; ++x) {
          const double lo = clopper_pearson(x, n, 0.95).lo;
          if (lo >= at_least && lo > null_hi) {
            expected += binomial_upper_tail(x, n, 0.6) - binomial_upper_tail(x + 1, n, 0.6);
          }
        }
        CHECK(rate_bound_power(0.6, n, at_least, null_hi, 0.95) == Approx(expected).margin(1e-12));
      }
    }
  }
}

TEST_CASE("power grows with the rate and the units, and ends where it must", "[stats]") {
  double before = 0.0;
  for (int step = 0; step <= 20; ++step) {
    const double now = rate_bound_power(step / 20.0, 24, 0.4, 0.14, 0.95);
    CHECK(now >= before);
    before = now;
  }
  CHECK(before == 1.0);
  CHECK(rate_bound_power(0.0, 24, 0.4, 0.14, 0.95) == 0.0);
  CHECK(rate_bound_power(1.0, 3, 0.4, 0.14, 0.95) == 0.0);  // 3 of 3 ends at 0.29: never enough
  CHECK(rate_bound_power(1.0, 5, 0.4, 0.14, 0.95) == 1.0);
  CHECK(rate_bound_power(0.5, 0, 0.4, 0.14, 0.95) == 0.0);
  CHECK(rate_bound_power(0.5, 0, 0.0, 0.0, 0.95) == 0.0);
  CHECK(rate_bound_power(0.7, 400, 0.4, 0.14, 0.95) > 0.999999);
}

TEST_CASE("the clustered power agrees with an exact enumeration", "[stats]") {
  // pinned_values.py enumerates all 6,188 outcomes of 5 seeds of 12 units: 0.9172, 0.6119, 0.3086.
  // 4,000 draws have a standard error of at most 0.0079; the bound is 5 of them, so that a correct
  // estimate fails once in 1.7 million streams.
  const RateTarget target{.at_least = 0.4, .null_hi = 0.1, .confidence = 0.95};
  const std::pair<double, double> expected[] = {
      {0.0, 0.917202376893}, {0.1, 0.611931551438}, {0.3, 0.308586758624}};
  for (const auto& [icc, power] : expected) {
    INFO("icc " << icc);
    CHECK(clustered_rate_bound_power(0.7, {5, 12, icc}, target) == Approx(power).margin(0.04));
  }
}

TEST_CASE("the clustered power repeats, and has an end where there is no interval", "[stats]") {
  const RateTarget target{.at_least = 0.4, .null_hi = 0.1};
  const MonteCarlo few{.draws = 200, .stream = 7};
  const ClusteredDesign design{5, 12, 0.1};
  CHECK(clustered_rate_bound_power(0.6, design, target, few) ==
        clustered_rate_bound_power(0.6, design, target, few));
  CHECK(clustered_rate_bound_power(0.6, design, target, few) !=
        clustered_rate_bound_power(0.6, design, target, {.draws = 200, .stream = 8}));
  CHECK(clustered_rate_bound_power(1.0, design, target, few) == 1.0);
  CHECK(clustered_rate_bound_power(0.0, design, target, few) == 0.0);
  CHECK(clustered_rate_bound_power(0.9, {1, 60, 0.1}, target, few) == 0.0);
}

TEST_CASE("power refuses designs that are none", "[stats]") {
  const RateTarget target{.at_least = 0.4, .null_hi = 0.1};
  CHECK_THROWS_AS(rate_bound_power(1.1, 24, target), std::invalid_argument);
  CHECK_THROWS_AS(rate_bound_power(std::nan(""), 24, target), std::invalid_argument);
  CHECK_THROWS_AS(rate_bound_power(0.5, -1, target), std::invalid_argument);
  CHECK_THROWS_AS(rate_bound_power(0.5, 24, {1.4, 0.1, 0.95}), std::invalid_argument);
  CHECK_THROWS_AS(rate_bound_power(0.5, 24, {0.4, std::nan(""), 0.95}), std::invalid_argument);
  CHECK_THROWS_AS(rate_bound_power(0.5, 24, {0.4, 0.1, 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(clustered_rate_bound_power(0.5, {0, 12, 0.1}, target), std::invalid_argument);
  CHECK_THROWS_AS(clustered_rate_bound_power(0.5, {5, 0, 0.1}, target), std::invalid_argument);
  CHECK_THROWS_AS(clustered_rate_bound_power(0.5, {5, 12, 2.0}, target), std::invalid_argument);
  CHECK_THROWS_AS(clustered_rate_bound_power(0.5, {5, 12, 0.1}, target, {.draws = 0}),
                  std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
