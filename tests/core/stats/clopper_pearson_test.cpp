#include "core/stats/clopper_pearson.h"

#include <cmath>

#include "core/stats/distributions.h"
#include "tests/catch.h"

namespace assay::stats {
namespace {

TEST_CASE("Clopper-Pearson agrees with scipy", "[stats]") {
  // scipy 1.17: binomtest(x, n).proportion_ci(confidence, "exact"), printed by pinned_values.py.
  struct {
    std::int64_t x, n;
    double confidence, lo, hi;
  } const cases[] = {{17, 24, 0.95, 0.489052186142, 0.873847911476},
                     {0, 24, 0.95, 0.0, 0.142473597723},
                     {24, 24, 0.95, 0.857526402277, 1.0},
                     {1, 10, 0.95, 0.00252857854446, 0.445016117028},
                     {3, 7, 0.99, 0.0552993499806, 0.882296248331},
                     {50, 1000, 0.90, 0.0391635359256, 0.0628634035124},
                     {123456, 1000000, 0.95, 0.12281184163, 0.124102340277},
                     {1, 1, 0.95, 0.025, 1.0}};
  for (const auto& it : cases) {
    INFO(it.x << " of " << it.n);
    const auto interval = clopper_pearson(it.x, it.n, it.confidence);
    CHECK(interval.lo == Approx(it.lo).epsilon(1e-10));
    CHECK(interval.hi == Approx(it.hi).epsilon(1e-10));
  }
  CHECK(clopper_pearson_lower(17, 24, 0.95) == Approx(0.521272094128).epsilon(1e-10));
  CHECK(clopper_pearson_upper(17, 24, 0.95) == Approx(0.854313519712).epsilon(1e-10));
}

TEST_CASE("Clopper-Pearson gives the published examples", "[stats]") {
  // R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 5 (95 %).
  struct {
    std::int64_t x, n;
    double lo, hi;
  } const cases[] = {{81, 263, 0.2527, 0.3676},
                     {15, 148, 0.0578, 0.1617},
                     {0, 20, 0.0, 0.1684},
                     {1, 29, 0.0009, 0.1776}};
  for (const auto& it : cases) {
    INFO(it.x << " of " << it.n);
    const auto interval = clopper_pearson(it.x, it.n, 0.95);
    CHECK(interval.lo == Approx(it.lo).margin(5e-5));
    CHECK(interval.hi == Approx(it.hi).margin(5e-5));
  }
}

TEST_CASE("no units: nothing is known of the rate", "[stats]") {
  CHECK(clopper_pearson(0, 0, 0.95).lo == 0.0);
  CHECK(clopper_pearson(0, 0, 0.95).hi == 1.0);
  CHECK(clopper_pearson_lower(0, 0, 0.95) == 0.0);
  CHECK(clopper_pearson_upper(0, 0, 0.95) == 1.0);
}

TEST_CASE("no success excludes a rate of 5 % from 59 units on, one-sided at 95 %", "[stats]") {
  CHECK(clopper_pearson_upper(0, 58, 0.95) > 0.05);
  CHECK(clopper_pearson_upper(0, 59, 0.95) < 0.05);
  // The rule of its own: 1 - (1 - c)^(1/n)
  CHECK(clopper_pearson_upper(0, 59, 0.95) == Approx(1 - std::pow(0.05, 1.0 / 59)).epsilon(1e-12));
}

TEST_CASE("Clopper-Pearson covers every rate at least as often as it says", "[stats]") {
  // Exact, by enumeration of the counts: no draw, no false alarm.
  for (const std::int64_t n : {1, 2, 5, 12, 24, 60}) {
    for (const double confidence : {0.8, 0.95, 0.99}) {
      for (int step = 0; step <= 200; ++step) {
        const double p = step / 200.0;
        double two_sided = 0.0, above = 0.0, below = 0.0;
        for (std::int64_t x = 0; x <= n; ++x) {
          const double chance = binomial_upper_tail(x, n, p) - binomial_upper_tail(x + 1, n, p);
          if (clopper_pearson(x, n, confidence).contains(p)) two_sided += chance;
          if (clopper_pearson_lower(x, n, confidence) <= p) above += chance;
          if (p <= clopper_pearson_upper(x, n, confidence)) below += chance;
        }
        INFO("n " << n << ", p " << p << ", confidence " << confidence);
        REQUIRE(two_sided >= confidence - 1e-9);
        REQUIRE(above >= confidence - 1e-9);
        REQUIRE(below >= confidence - 1e-9);
      }
    }
  }
}

TEST_CASE("Clopper-Pearson is monotone in the count and mirrors", "[stats]") {
  for (std::int64_t x = 0; x < 24; ++x) {
    const auto here = clopper_pearson(x, 24, 0.95), next = clopper_pearson(x + 1, 24, 0.95);
    const auto mirrored = clopper_pearson(24 - x, 24, 0.95);
    CHECK(here.lo < next.lo);
    CHECK(here.hi < next.hi);
    CHECK(here.lo == Approx(1.0 - mirrored.hi).margin(1e-12));
    CHECK(here.contains(static_cast<double>(x) / 24.0));
    CHECK(clopper_pearson_lower(x, 24, 0.975) == Approx(here.lo).margin(1e-14));
  }
}

TEST_CASE("effective counts lie between the whole ones", "[stats]") {
  const auto half = clopper_pearson_effective(5.5, 24, 0.95);
  CHECK(half.lo > clopper_pearson(5, 24, 0.95).lo);
  CHECK(half.lo < clopper_pearson(6, 24, 0.95).lo);
  CHECK(half.hi > clopper_pearson(5, 24, 0.95).hi);
  CHECK(half.hi < clopper_pearson(6, 24, 0.95).hi);
}

TEST_CASE("Clopper-Pearson refuses impossible counts", "[stats]") {
  CHECK_THROWS_AS(clopper_pearson(-1, 5, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson(6, 5, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson(0, -1, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson(1, 5, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson(1, 5, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson(1, 5, 95), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson_lower(1, 5, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson_effective(std::nan(""), 5, 0.95), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
