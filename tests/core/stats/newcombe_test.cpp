#include "core/stats/newcombe.h"

#include <cmath>

#include "core/stats/distributions.h"
#include "tests/catch.h"

namespace assay::stats {
namespace {

TEST_CASE("Newcombe's interval gives the published examples", "[stats]") {
  // R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10 (95 %), examples
  // a to h. The paper's difference is p1 - p2, so its first rate is the second here.
  struct {
    Rate first, second;
    double lo, hi;
  } const cases[] = {{{48, 80}, {56, 70}, 0.0524, 0.3339}, {{3, 10}, {9, 10}, 0.1705, 0.8090},
                     {{2, 7}, {6, 7}, 0.0582, 0.8062},     {{0, 29}, {5, 56}, -0.0381, 0.1926},
                     {{0, 20}, {0, 10}, -0.1611, 0.2775},  {{0, 10}, {0, 10}, -0.2775, 0.2775},
                     {{0, 20}, {10, 10}, 0.6791, 1.0},     {{0, 10}, {10, 10}, 0.6075, 1.0}};
  for (const auto& it : cases) {
    INFO(it.first.successes << "/" << it.first.n << ", " << it.second.successes << "/"
                            << it.second.n);
    const auto interval = newcombe_interval(it.first, it.second, 0.95);
    CHECK(interval.lo == Approx(it.lo).margin(5.1e-5));
    CHECK(interval.hi == Approx(it.hi).margin(5.1e-5));
  }
}

TEST_CASE("Newcombe's interval agrees with statsmodels", "[stats]") {
  // statsmodels 0.15: confint_proportions_2indep(method="newcomb"), printed by pinned_values.py.
  struct {
    Rate first, second;
    double confidence, lo, hi;
  } const cases[] = {{{48, 80}, {56, 70}, 0.95, 0.0524314724024, 0.333872654037},
                     {{3, 24}, {9, 24}, 0.95, 0.00313771235227, 0.464046834388},
                     {{0, 12}, {12, 12}, 0.95, 0.657061686994, 1.0},
                     {{5, 60}, {5, 60}, 0.90, -0.0887957312513, 0.0887957312513},
                     {{119, 120}, {1, 120}, 0.95, -0.993035938064, -0.930494131524}};
  for (const auto& it : cases) {
    const auto interval = newcombe_interval(it.first, it.second, it.confidence);
    CHECK(interval.lo == Approx(it.lo).epsilon(1e-9));
    CHECK(interval.hi == Approx(it.hi).epsilon(1e-9));
  }
  // The level at which statsmodels' lower end is the tolerance, by bracketing (pinned_values.py).
  CHECK(newcombe_p_value({3, 24}, {9, 24}, 0.0) == Approx(0.0235976012065).epsilon(1e-9));
  CHECK(newcombe_p_value({3, 24}, {9, 24}, 0.15) == Approx(0.20825872965).epsilon(1e-9));
  CHECK(newcombe_p_value({48, 80}, {56, 70}, 0.05) == Approx(0.0232017136425).epsilon(1e-9));
}

TEST_CASE("Newcombe's p-value and bound make the same decision, in every small table", "[stats]") {
  for (const std::int64_t n1 : {1, 4, 7}) {
    for (const std::int64_t n2 : {3, 6}) {
      for (std::int64_t x1 = 0; x1 <= n1; ++x1) {
        for (std::int64_t x2 = 0; x2 <= n2; ++x2) {
          const Rate first{x1, n1}, second{x2, n2};
          double before = -1.0;
          for (int step = -20; step <= 20; ++step) {
            const double delta = step / 20.0;
            const double p = newcombe_p_value(first, second, delta);
            INFO(x1 << "/" << n1 << ", " << x2 << "/" << n2 << ", delta " << delta << ", p " << p);
            REQUIRE(p >= 0.0);
            REQUIRE(p <= 1.0);
            REQUIRE(p >= before);  // a larger tolerance is easier to keep
            before = p;
            for (const double alpha : {0.4, 0.05, 0.001}) {
              if (std::abs(p - alpha) < 1e-9 || std::abs(delta) == 1.0) continue;
              REQUIRE((p <= alpha) == (newcombe_lower(first, second, 1 - alpha) >= delta));
            }
          }
          const auto interval = newcombe_interval(first, second, 0.95);
          const auto swapped = newcombe_interval(second, first, 0.95);
          const double d = static_cast<double>(x2) / static_cast<double>(n2) -
                           static_cast<double>(x1) / static_cast<double>(n1);
          REQUIRE(interval.contains(d));
          REQUIRE(interval.lo >= -1.0);
          REQUIRE(interval.hi <= 1.0);
          REQUIRE(interval.lo == -swapped.hi);
          REQUIRE(interval.hi == -swapped.lo);
        }
      }
    }
  }
}

TEST_CASE("Newcombe's test at its edges", "[stats]") {
  const Rate none{0, 12}, all{12, 12}, empty{0, 0};
  CHECK(newcombe_p_value(none, none, 0.0) == Approx(0.5).margin(1e-12));
  CHECK(newcombe_p_value(all, all, 0.0) == Approx(0.5).margin(1e-12));
  CHECK(newcombe_p_value(none, all, 0.0) < 1e-6);
  CHECK(newcombe_p_value(all, none, 0.0) > 1 - 1e-6);
  CHECK(newcombe_p_value(none, all, 1.0) == 1.0);
  CHECK(newcombe_p_value(none, none, -1.0) == 0.0);
  CHECK(newcombe_p_value(all, none, -1.0) == 0.5);
  CHECK(newcombe_p_value(none, none, 1.0) == 1.0);
  // Nothing measured, nothing shown.
  for (const auto& other : {none, all, empty}) {
    CHECK(newcombe_p_value(empty, other, 0.0) == 1.0);
    CHECK(newcombe_p_value(other, empty, -0.5) == 1.0);
    CHECK(newcombe_interval(empty, other, 0.95).lo == -1.0);
    CHECK(newcombe_interval(other, empty, 0.95).hi == 1.0);
  }
  CHECK_THROWS_AS(newcombe_p_value({5, 4}, none, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(newcombe_p_value(none, {-1, 4}, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(newcombe_p_value(none, none, 1.1), std::invalid_argument);
  CHECK_THROWS_AS(newcombe_p_value(none, none, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(newcombe_interval(none, none, 1.0), std::invalid_argument);
}

struct Errors {
  double rejects = 0.0;  ///< the p-value rejects a change of exactly the tolerance
  double passes = 0.0;   ///< the upper bound admits a change of exactly the tolerance
};

/// The largest exact error rates over a grid of first rates, the second being higher by delta.
Errors largest_errors(std::int64_t n, double delta, double alpha) {
  const auto size = static_cast<std::size_t>(n + 1);
  std::vector<char> rejects(size * size), passes(size * size);
  for (std::int64_t x = 0; x <= n; ++x) {
    for (std::int64_t y = 0; y <= n; ++y) {
      rejects[x * size + y] = newcombe_p_value({x, n}, {y, n}, delta) <= alpha;
      passes[x * size + y] = newcombe_upper({x, n}, {y, n}, 1 - alpha) <= delta;
    }
  }
  auto law = [&](double p) {
    std::vector<double> out(size);
    for (std::int64_t x = 0; x <= n; ++x) {
      out[x] = binomial_upper_tail(x, n, p) - binomial_upper_tail(x + 1, n, p);
    }
    return out;
  };
  Errors worst;
  for (int step = 0; step <= 40; ++step) {
    const double p = step / 40.0 * (1 - delta);
    const auto first = law(p), second = law(p + delta);
    Errors here;
    for (std::size_t x = 0; x < size; ++x) {
      for (std::size_t y = 0; y < size; ++y) {
        if (rejects[x * size + y]) here.rejects += first[x] * second[y];
        if (passes[x * size + y]) here.passes += first[x] * second[y];
      }
    }
    worst.rejects = std::max(worst.rejects, here.rejects);
    worst.passes = std::max(worst.passes, here.passes);
  }
  return worst;
}

TEST_CASE("Newcombe's test stays near its level", "[stats]") {
  // Exact, by enumeration of all tables: no draw, no false alarm. Largest seen at alpha 0.05: 0.076
  // for n = 12 (no tolerance, rates of 1/2), 0.069 for 24, 0.061 for 60, 0.058 for 120.
  const std::pair<std::int64_t, double> bounds[] = {
      {12, 0.077}, {24, 0.070}, {60, 0.061}, {120, 0.058}};
  for (const auto& [n, bound] : bounds) {
    for (const double delta : {0.0, 0.05, 0.15}) {
      INFO("n " << n << ", delta " << delta);
      const auto errors = largest_errors(n, delta, 0.05);
      CHECK(errors.rejects < bound);
      CHECK(errors.passes < bound);
      CHECK(errors.rejects > 0.03);  // nor is it blind
      CHECK(errors.passes > 0.03);
    }
  }
}

}  // namespace
}  // namespace assay::stats
