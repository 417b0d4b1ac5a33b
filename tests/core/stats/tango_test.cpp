#include "core/stats/tango.h"

#include <cmath>

#include "core/stats/distributions.h"
#include "tests/catch.h"

namespace assay::stats {
namespace {

TEST_CASE("Tango's test gives the example of the paper", "[stats]") {
  // T. Tango, Statistics in Medicine 17 (1998) 891-908, section 6.1, soft contact lenses: of 44
  // eyes one was disinfected by the standard only. Non-inferiority at 0.1: Z = 1.709, p = 0.044,
  // and the 90 % interval starts at -0.096.
  const PairedRate lenses{.b = 0, .c = 1, .n = 44};
  CHECK(tango_score(lenses, -0.1) == Approx(1.709).margin(5e-4));
  CHECK(tango_p_value(lenses, -0.1) == Approx(0.044).margin(5e-4));
  CHECK(tango_interval(lenses, 0.9).lo == Approx(-0.096).margin(5e-4));
}

TEST_CASE("Tango's interval gives the published examples", "[stats]") {
  // M. W. Fagerland, S. Lydersen, P. Laake, Statistical Analysis of Contingency Tables (2017),
  // chapter 8: Bentur et al. 2009 and Cavo et al. 2012 (95 %).
  const auto bentur = tango_interval({.b = 1, .c = 7, .n = 21}, 0.95);
  CHECK(bentur.lo == Approx(-0.517).margin(5e-4));
  CHECK(bentur.hi == Approx(-0.026).margin(5e-4));
  const auto cavo = tango_interval({.b = 6, .c = 16, .n = 161}, 0.95);
  CHECK(cavo.lo == Approx(-0.1240).margin(5e-5));
  CHECK(cavo.hi == Approx(-0.0054).margin(5e-5));
}

TEST_CASE("Tango's test agrees with a likelihood maximised numerically", "[stats]") {
  // pinned_values.py: the trinomial likelihood under the hypothesis, maximised by scipy 1.17, which
  // is good to about 1e-8; ends by bracketing.
  struct {
    PairedRate pairs;
    double confidence, lo, hi;
  } const intervals[] = {{{0, 1, 44}, 0.90, -0.0956624263992, 0.0365169382687},
                         {{6, 16, 161}, 0.95, -0.124023432458, -0.00543339513061},
                         {{20, 40, 160}, 0.95, -0.218064243683, -0.0308645326571},
                         {{0, 0, 24}, 0.95, -0.137976204675, 0.137976204675},
                         {{12, 0, 12}, 0.95, 0.51501198669, 1.0},
                         {{3, 0, 24}, 0.95, -0.0302232281397, 0.310038812705},
                         {{9, 2, 60}, 0.90, 0.0290958535169, 0.214215201793}};
  for (const auto& it : intervals) {
    INFO(it.pairs.b << ", " << it.pairs.c << " of " << it.pairs.n);
    const auto interval = tango_interval(it.pairs, it.confidence);
    CHECK(interval.lo == Approx(it.lo).margin(1e-7));
    CHECK(interval.hi == Approx(it.hi).margin(1e-7));
  }
  struct {
    PairedRate pairs;
    double delta, score, p;
  } const tests[] = {{{9, 2, 24}, 0.0, 2.11057940331, 0.0174042397816},
                     {{9, 2, 24}, 0.15, 1.08932779424, 0.138004680108},
                     {{0, 0, 24}, 0.15, -2.05798302171, 0.980204118382},
                     {{5, 1, 120}, -0.02, 2.29245433495, 0.010939719869},
                     {{30, 5, 60}, 0.25, 1.86077968419, 0.0313876477937}};
  for (const auto& it : tests) {
    INFO(it.pairs.b << ", " << it.pairs.c << " of " << it.pairs.n << ", delta " << it.delta);
    CHECK(tango_score(it.pairs, it.delta) == Approx(it.score).margin(1e-7));
    CHECK(tango_p_value(it.pairs, it.delta) == Approx(it.p).margin(1e-7));
  }
}

TEST_CASE("without a tolerance Tango's statistic is McNemar's", "[stats]") {
  for (std::int64_t b = 0; b <= 10; ++b) {
    for (std::int64_t c = b == 0 ? 1 : 0; c <= 10; ++c) {
      const auto mcnemar = static_cast<double>(b - c) / std::sqrt(static_cast<double>(b + c));
      CHECK(tango_score({b, c, 20}, 0.0) == Approx(mcnemar).margin(1e-12));
    }
  }
}

TEST_CASE("Tango's test holds together in every small table", "[stats]") {
  for (const std::int64_t n : {1, 2, 5, 12}) {
    for (std::int64_t b = 0; b <= n; ++b) {
      for (std::int64_t c = 0; b + c <= n; ++c) {
        const PairedRate pairs{b, c, n};
        double score = std::numeric_limits<double>::infinity(), p = 0.0;
        for (int step = -40; step <= 40; ++step) {
          const double delta = step / 40.0;
          INFO(b << ", " << c << " of " << n << ", delta " << delta);
          const double next_p = tango_p_value(pairs, delta);
          REQUIRE(next_p >= 0.0);
          REQUIRE(next_p <= 1.0);
          REQUIRE(next_p >= p - 1e-12);
          p = next_p;
          if (std::abs(delta) == 1.0) continue;
          const double next = tango_score(pairs, delta);
          REQUIRE(std::isfinite(next));
          REQUIRE(next <= score + 1e-9);  // the statistic falls: the bisection has one root
          score = next;
          for (const double alpha : {0.4, 0.05, 0.001}) {
            if (std::abs(next_p - alpha) < 1e-9) continue;
            REQUIRE((next_p <= alpha) == (tango_lower(pairs, 1 - alpha) >= delta));
          }
        }
        const auto interval = tango_interval(pairs, 0.95);
        const auto mirrored = tango_interval({c, b, n}, 0.95);
        REQUIRE(interval.contains(pairs.difference()));
        REQUIRE(interval.lo >= -1.0);
        REQUIRE(interval.hi <= 1.0);
        REQUIRE(interval.lo == -mirrored.hi);
        REQUIRE(interval.lo < interval.hi);
      }
    }
  }
}

TEST_CASE("Tango's test at its edges", "[stats]") {
  const PairedRate nothing{0, 0, 0}, same{0, 0, 24}, gained{24, 0, 24}, lost{0, 24, 24};
  CHECK(tango_p_value(nothing, 0.0) == 1.0);
  CHECK(tango_interval(nothing, 0.95).lo == -1.0);
  CHECK(tango_interval(nothing, 0.95).hi == 1.0);
  CHECK(tango_p_value(same, 0.0) == 0.5);
  CHECK(tango_p_value(same, 1e-300) == Approx(0.5));
  CHECK(tango_p_value(same, 1.0) == 1.0);
  CHECK(tango_p_value(same, -1.0) == 0.0);
  CHECK(tango_p_value(gained, 1.0) == 1.0);
  CHECK(tango_p_value(gained, 0.0) < 1e-5);
  CHECK(tango_p_value(lost, -1.0) == 0.5);
  CHECK(tango_p_value(lost, 0.0) > 1 - 1e-5);
  CHECK(tango_interval(gained, 0.95).hi == 1.0);
  CHECK(tango_interval(lost, 0.95).lo == -1.0);
  CHECK(tango_interval({3000000000, 1000000000, 9000000000}, 0.95).contains(2.0 / 9.0));
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_AS(tango_score({huge, huge, huge}, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(tango_p_value({-1, 0, 4}, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(tango_p_value({3, 2, 4}, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(tango_p_value(same, 1.5), std::invalid_argument);
  CHECK_THROWS_AS(tango_p_value(same, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(tango_score(nothing, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(tango_interval(same, 0.0), std::invalid_argument);
}

struct Errors {
  double rejects = 0.0;  ///< the p-value rejects a change of exactly the tolerance
  double passes = 0.0;   ///< the upper bound admits a change of exactly the tolerance
};

/// The largest exact error rates over a grid of chances of a c pair, that of a b pair being higher
/// by delta.
Errors largest_errors(std::int64_t n, double delta, double alpha) {
  struct Table {
    double b, c, ways;
    bool rejects, passes;
  };
  std::vector<Table> tables;
  for (std::int64_t b = 0; b <= n; ++b) {
    for (std::int64_t c = 0; b + c <= n; ++c) {
      const double ways = std::lgamma(n + 1.0) - std::lgamma(b + 1.0) - std::lgamma(c + 1.0) -
                          std::lgamma(n - b - c + 1.0);
      const bool rejects = tango_p_value({b, c, n}, delta) <= alpha;
      const bool passes = tango_upper({b, c, n}, 1 - alpha) <= delta;
      if (rejects || passes) {
        tables.push_back({static_cast<double>(b), static_cast<double>(c), ways, rejects, passes});
      }
    }
  }
  auto term = [](double count, double p) { return count == 0.0 ? 0.0 : count * std::log(p); };
  Errors worst;
  for (int step = 0; step <= 200; ++step) {
    const double pc = step / 200.0 * (1 - delta) / 2, pb = pc + delta;
    const double same = std::max(0.0, 1 - pb - pc);
    Errors here;
    for (const auto& t : tables) {
      const double chance = std::exp(t.ways + term(t.b, pb) + term(t.c, pc) +
                                     term(static_cast<double>(n) - t.b - t.c, same));
      if (t.rejects) here.rejects += chance;
      if (t.passes) here.passes += chance;
    }
    worst.rejects = std::max(worst.rejects, here.rejects);
    worst.passes = std::max(worst.passes, here.passes);
  }
  return worst;
}

TEST_CASE("Tango's test stays near its level", "[stats]") {
  // Exact, by enumeration of all tables: no draw, no false alarm. Largest seen at alpha 0.05: 0.081
  // for n = 12, 0.072 for 24, 0.088 for 60 (tolerance 0.05, hardly a c pair), 0.079 for 120 (the
  // same).
  const std::pair<std::int64_t, double> bounds[] = {
      {12, 0.082}, {24, 0.073}, {60, 0.089}, {120, 0.080}};
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
