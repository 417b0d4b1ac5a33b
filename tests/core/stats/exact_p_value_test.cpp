#include "core/stats/exact_p_value.h"

#include <cmath>
#include <functional>
#include <vector>

#include "core/stats/newcombe.h"
#include "tests/catch.h"

namespace assay::stats {
namespace {

double log_choose(std::int64_t n, std::int64_t k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}
double term(std::int64_t count, double p) {
  return count == 0 ? 0.0 : static_cast<double>(count) * std::log(p);
}

/// The largest value over a fine grid of [0, 1].
double worst(const std::function<double(double)>& f) {
  double out = 0.0;
  for (int step = 0; step <= 1000; ++step) {
    const double x = step / 1000.0;
    out = std::max(out, f(x * x));  // denser where chances are small
  }
  return out;
}

/// The chance that the paired test rejects a change of exactly delta, at its worst.
double paired_level(std::int64_t n, double delta, double alpha) {
  std::vector<PairedRate> rejected;
  for (std::int64_t b = 0; b <= n; ++b) {
    for (std::int64_t c = 0; b + c <= n; ++c) {
      if (tango_exact_p_value({b, c, n}, delta) <= alpha) rejected.push_back({b, c, n});
    }
  }
  return worst([&](double x) {
    // Up to the largest chance of a c pair that a correlation of 0 leaves.
    const double pc = x * (1.0 - delta) * (1.0 - delta) / 4.0, pb = pc + delta;
    const double same = std::max(0.0, 1.0 - pb - pc);
    double sum = 0.0;
    for (const auto& t : rejected) {
      sum += std::exp(log_choose(n, t.b) + log_choose(n - t.b, t.c) + term(t.b, pb) +
                      term(t.c, pc) + term(n - t.b - t.c, same));
    }
    return sum;
  });
}

double independent_level(std::int64_t n1, std::int64_t n2, double delta, double alpha) {
  struct Table {
    std::int64_t x1, x2;
  };
  std::vector<Table> rejected;
  for (std::int64_t x1 = 0; x1 <= n1; ++x1) {
    for (std::int64_t x2 = 0; x2 <= n2; ++x2) {
      if (newcombe_exact_p_value({x1, n1}, {x2, n2}, delta) <= alpha) rejected.push_back({x1, x2});
    }
  }
  return worst([&](double x) {
    const double p1 = x * (1.0 - delta), p2 = std::min(1.0, p1 + delta);
    double sum = 0.0;
    for (const auto& t : rejected) {
      sum += std::exp(log_choose(n1, t.x1) + term(t.x1, p1) + term(n1 - t.x1, 1.0 - p1) +
                      log_choose(n2, t.x2) + term(t.x2, p2) + term(n2 - t.x2, 1.0 - p2));
    }
    return sum;
  });
}

TEST_CASE("the exact paired test keeps its level, far into the tail", "[stats]") {
  // By enumeration: no draw, no false alarm. The approximate test reaches 0.088 at n = 60 and a
  // tolerance of 0.05.
  for (const std::int64_t n : {12, 24, 60}) {
    for (const double delta : {0.0, 0.05, 0.15, 0.35}) {
      for (const double alpha : {0.05, 0.01, 0.002}) {
        INFO("n " << n << ", delta " << delta << ", alpha " << alpha);
        CHECK(paired_level(n, delta, alpha) <= alpha * (1.0 + 1e-6));
      }
    }
  }
  // Nor is it blind.
  CHECK(paired_level(60, 0.05, 0.05) > 0.04);
  CHECK(paired_level(24, 0.35, 0.05) > 0.04);
}

TEST_CASE("the exact test of independent rates keeps its level", "[stats]") {
  const std::pair<std::int64_t, std::int64_t> sizes[] = {{12, 12}, {40, 12}, {12, 30}};
  for (const auto& [n1, n2] : sizes) {
    for (const double delta : {0.0, 0.05, 0.15, 0.35}) {
      for (const double alpha : {0.05, 0.01, 0.002}) {
        INFO("n " << n1 << ", " << n2 << ", delta " << delta << ", alpha " << alpha);
        CHECK(independent_level(n1, n2, delta, alpha) <= alpha * (1.0 + 1e-6));
      }
    }
  }
  CHECK(independent_level(40, 12, 0.0, 0.05) > 0.04);
}

TEST_CASE("exact p-values of the most extreme tables have closed forms", "[stats]") {
  for (const std::int64_t n : {1, 5, 12, 60, 200}) {
    for (const double delta : {0.0, 0.1, 0.35, -0.2}) {
      INFO("n " << n << ", delta " << delta);
      // None of n, then all of n: (1 - p)^n (p + delta)^n, largest at p = (1 - delta) / 2. Pairs of
      // independent outcomes have the same.
      const double p = std::pow((1.0 + delta) / 2.0, 2.0 * static_cast<double>(n));
      CHECK(tango_exact_p_value({n, 0, n}, delta) == Approx(p).epsilon(1e-9));
      CHECK(newcombe_exact_p_value({0, n}, {n, n}, delta) == Approx(p).epsilon(1e-6));
    }
  }
}

TEST_CASE("exact p-values agree with an enumeration by scipy", "[stats]") {
  // pinned_values.py: scores and bounds of its own, the nuisance rate on a grid of 20,001.
  CHECK(tango_exact_p_value({9, 2, 24}, 0.15) == Approx(0.157017230276).epsilon(1e-6));
  CHECK(tango_exact_p_value({6, 0, 24}, 0.05) == Approx(0.0182119933866).epsilon(1e-6));
  CHECK(tango_exact_p_value({30, 5, 60}, 0.25) == Approx(0.0324446225547).epsilon(1e-6));
  CHECK(newcombe_exact_p_value({3, 24}, {9, 24}, 0.05) == Approx(0.0619549973101).epsilon(1e-6));
  CHECK(newcombe_exact_p_value({2, 30}, {6, 12}, 0.15) == Approx(0.031050505389).epsilon(1e-6));
}

TEST_CASE("exact p-values grow with the tolerance and fall with the evidence", "[stats]") {
  for (std::int64_t b = 1; b < 30; ++b) {
    const double p = tango_exact_p_value({b, 3, 40}, 0.1);
    CHECK(p >= 0.0);
    CHECK(p <= 1.0);
    CHECK(tango_exact_p_value({b + 1, 3, 40}, 0.1) <= p + 1e-12);
    CHECK(tango_exact_p_value({b, 4, 40}, 0.1) >= p - 1e-12);
    CHECK(newcombe_exact_p_value({5, 40}, {b + 1, 30}, 0.1) <=
          newcombe_exact_p_value({5, 40}, {b, 30}, 0.1) + 1e-12);
  }
}

TEST_CASE("exact p-values at their edges", "[stats]") {
  CHECK(tango_exact_p_value({0, 0, 0}, 0.1) == 1.0);
  CHECK(tango_exact_p_value({0, 0, 24}, 0.0) == 0.5);
  CHECK(tango_exact_p_value({2, 2, 24}, 0.15) == tango_p_value({2, 2, 24}, 0.15));
  CHECK(tango_exact_p_value({24, 0, 24}, 1.0) == 1.0);
  CHECK(tango_exact_p_value({0, 23, 24}, -1.0) == 0.0);
  CHECK(newcombe_exact_p_value({0, 0}, {3, 4}, 0.1) == 1.0);
  CHECK(newcombe_exact_p_value({4, 4}, {0, 4}, -1.0) == 0.5);
  CHECK(newcombe_exact_p_value({3, 4}, {0, 4}, -1.0) == 0.0);
  const PairedRate many{.b = 800, .c = 100, .n = kExactUpTo + 1};
  CHECK(tango_exact_p_value(many, 0.3) == tango_p_value(many, 0.3));
  CHECK_THROWS_AS(tango_exact_p_value({3, 2, 4}, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(tango_exact_p_value({1, 0, 4}, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(newcombe_exact_p_value({5, 4}, {0, 4}, 0.0), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
