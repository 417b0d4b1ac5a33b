#include "core/stats/t_interval.h"

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "core/stats/beta_binomial.h"
#include "core/stats/clopper_pearson.h"
#include "tests/catch.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;
using Seeds = std::vector<SeedRate>;

TEST_CASE("the t interval of a mean agrees with R and scipy", "[stats]") {
  // Student's sleep data, differences: R's t.test prints 0.7001142, 2.4598858.
  const Values sleep = {1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
  const auto interval = *t_interval(sleep, 0.95);
  CHECK(interval.lo == Approx(0.7001142).margin(1e-7));
  CHECK(interval.hi == Approx(2.4598858).margin(1e-7));
}

TEST_CASE("the t interval's edges", "[stats]") {
  CHECK_FALSE(t_interval(Values{}, 0.95));
  CHECK_FALSE(t_interval(Values{3.0}, 0.95));
  const auto flat = *t_interval(Values{0.1, 0.1, 0.1}, 0.95);
  CHECK(flat.lo == 0.1);
  CHECK(flat.hi == 0.1);
  CHECK_THROWS_AS(t_interval(Values{1.0, std::nan("")}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(t_interval(Values{1.0, INFINITY}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(t_interval(Values{1.0, 2.0}, 1.0), std::invalid_argument);
}

TEST_CASE("intervals on seed rates agree with an independent computation", "[stats]") {
  // pinned_values.py: the documented rule written with scipy 1.17.
  struct {
    Seeds seeds;
    double lo, hi;
  } const cases[] = {
      {{{3, 12}, {5, 12}, {2, 12}, {8, 12}, {6, 12}}, 0.193634756464, 0.65232728044},
      {{{0, 24}, {0, 24}, {0, 24}, {0, 24}, {0, 24}}, 0.0, 0.215611802048},
      {{{12, 12}, {12, 12}, {12, 12}, {12, 12}, {12, 12}}, 0.767689676759, 1.0},
      {{{6, 12}, {6, 12}, {6, 12}, {6, 12}, {6, 12}}, 0.368062031942, 0.631937968058},
      {{{1, 12}, {0, 12}, {0, 12}, {0, 12}, {0, 12}}, 6.00932731273e-09, 0.259824345472},
      {{{2, 12}, {1, 12}, {4, 12}, {0, 12}, {0, 12}}, 0.0273738298078, 0.411166576772},
      {{{3, 10}, {10, 40}, {2, 5}}, 0.16437242301, 0.529455249808},
      {{{0, 12}, {12, 12}}, 9.19455667849e-12, 0.999999999991}};
  for (const auto& it : cases) {
    const auto interval = t_interval_on_seed_rates(it.seeds, 0.95);
    REQUIRE(interval);
    CHECK(interval->lo == Approx(it.lo).epsilon(1e-8).margin(1e-13));
    CHECK(interval->hi == Approx(it.hi).epsilon(1e-8));
  }
}

TEST_CASE("seeds that show no failure at all do not make a claim of width 0", "[stats]") {
  for (const std::int64_t units : {1, 5, 24}) {
    const Seeds none(5, {0, units}), all(5, {units, units});
    const auto low = *t_interval_on_seed_rates(none, 0.95);
    const auto high = *t_interval_on_seed_rates(all, 0.95);
    CHECK(low.lo == 0.0);
    CHECK(high.hi == 1.0);
    CHECK(low.hi == Approx(1.0 - high.lo).epsilon(1e-12));
    // Wider than independent units would claim, no wider than one unit per seed would.
    CHECK(low.hi >= clopper_pearson(0, 5 * units, 0.95).hi - 1e-12);
    CHECK(low.hi <= clopper_pearson(0, 5, 0.95).hi + 1e-12);
  }
}

TEST_CASE("an interval on seed rates contains its estimate and has no NaN", "[stats]") {
  // Every pair and triple of seeds with up to 4 units, and a hostile mix of sizes.
  std::vector<SeedRate> any;
  for (std::int64_t n = 1; n <= 4; ++n) {
    for (std::int64_t x = 0; x <= n; ++x)
      any.push_back({x, n});
  }
  any.push_back({0, 1000000});
  any.push_back({999999, 1000000});
  for (const auto& a : any) {
    for (const auto& b : any) {
      for (const auto& c : any) {
        for (const Seeds& seeds : {Seeds{a, b}, Seeds{a, b, c}}) {
          const auto interval = t_interval_on_seed_rates(seeds, 0.95);
          REQUIRE(interval);
          INFO(a.successes << "/" << a.n << " " << b.successes << "/" << b.n << " " << c.successes
                           << "/" << c.n << ": " << interval->lo << ", " << interval->hi);
          REQUIRE(interval->contains(mean_seed_rate(seeds)));
          REQUIRE(interval->lo >= 0.0);
          REQUIRE(interval->hi <= 1.0);
          REQUIRE(interval->lo < interval->hi);
        }
      }
    }
  }
}

TEST_CASE("an interval on seed rates mirrors, and its seeds have no order", "[stats]") {
  const Seeds seeds = {{3, 12}, {5, 24}, {0, 12}, {8, 12}};
  Seeds failures, reversed(seeds.rbegin(), seeds.rend());
  for (const auto& seed : seeds)
    failures.push_back({seed.n - seed.successes, seed.n});
  const auto interval = *t_interval_on_seed_rates(seeds, 0.95);
  const auto mirrored = *t_interval_on_seed_rates(failures, 0.95);
  const auto again = *t_interval_on_seed_rates(reversed, 0.95);
  CHECK(interval.lo == Approx(1 - mirrored.hi).epsilon(1e-10));
  CHECK(interval.hi == Approx(1 - mirrored.lo).epsilon(1e-10));
  CHECK(interval.lo == Approx(again.lo).epsilon(1e-12));
  CHECK(interval.hi == Approx(again.hi).epsilon(1e-12));
}

TEST_CASE("seed rates without an interval, and bad ones", "[stats]") {
  CHECK_FALSE(t_interval_on_seed_rates(Seeds{}, 0.95));
  CHECK_FALSE(t_interval_on_seed_rates(Seeds{{3, 12}}, 0.95));
  CHECK_THROWS_AS(t_interval_on_seed_rates(Seeds{{3, 12}, {0, 0}}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(t_interval_on_seed_rates(Seeds{{3, 12}, {13, 12}}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(t_interval_on_seed_rates(Seeds{{3, 12}, {-1, 12}}, 0.95), std::invalid_argument);
  CHECK_THROWS_AS(t_interval_on_seed_rates(Seeds{{3, 12}, {1, 12}}, 95), std::invalid_argument);
  CHECK_THROWS_AS(mean_seed_rate(Seeds{}), std::invalid_argument);
  CHECK(mean_seed_rate(Seeds{{1, 2}, {1, 4}}) == 0.375);
}

const double kRates[] = {0.002, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 0.97};

TEST_CASE("the interval on seed rates covers the rate of 5 x 12 clustered units", "[stats]") {
  // Exact: all multisets of five counts, each with its number of orders; no draw, no false alarm.
  constexpr int kSeeds = 5, kUnits = 12;
  struct Outcome {
    std::vector<int> counts;
    double orders;
    Interval interval;
  };
  std::vector<Outcome> outcomes;
  std::vector<int> counts;
  std::function<void(int)> extend = [&](int least) {
    if (counts.size() == kSeeds) {
      Seeds seeds;
      std::map<int, int> repeats;
      for (const int x : counts) {
        seeds.push_back({x, kUnits});
        ++repeats[x];
      }
      double orders = std::tgamma(kSeeds + 1);
      for (const auto& [x, times] : repeats)
        orders /= std::tgamma(times + 1);
      outcomes.push_back({counts, orders, *t_interval_on_seed_rates(seeds, 0.95)});
      return;
    }
    for (int x = least; x <= kUnits; ++x) {
      counts.push_back(x);
      extend(x);
      counts.pop_back();
    }
  };
  extend(0);
  REQUIRE(outcomes.size() == 6188);

  for (const double icc : {0.0, 0.1, 0.3}) {
    for (const double p : kRates) {
      Values chance;
      for (int x = 0; x <= kUnits; ++x)
        chance.push_back(beta_binomial_pmf({kUnits, p, icc}, x));
      double covered = 0.0, total = 0.0;
      for (const auto& outcome : outcomes) {
        double weight = outcome.orders;
        for (const int x : outcome.counts)
          weight *= chance[x];
        total += weight;
        if (outcome.interval.contains(p)) covered += weight;
      }
      INFO("icc " << icc << ", p " << p << ": " << covered);
      CHECK(total == Approx(1.0).epsilon(1e-9));
      CHECK(covered >= 0.95);
    }
  }
}

TEST_CASE("the interval on seed rates covers the rate of other clustered designs", "[stats]") {
  // 1,500 draws of each of 108 settings. Coverage is at least 0.97 for independent units (standard
  // error 0.0044) and 0.935 for clustered ones (0.0064), by 40,000 draws; the bounds are 5 standard
  // errors below, so that a correct interval fails a setting once in 3 million streams.
  std::mt19937_64 generator(37);
  const std::pair<int, std::int64_t> designs[] = {{5, 24}, {10, 12}, {10, 24}};
  for (const auto& [k, units] : designs) {
    for (const double icc : {0.0, 0.1, 0.3}) {
      for (const double p : kRates) {
        Seeds seeds(static_cast<std::size_t>(k));
        int covered = 0;
        for (int draw = 0; draw < 1500; ++draw) {
          for (auto& seed : seeds)
            seed = {draw_beta_binomial({units, p, icc}, generator), units};
          if (t_interval_on_seed_rates(seeds, 0.95)->contains(p)) ++covered;
        }
        INFO(k << " x " << units << ", icc " << icc << ", p " << p << ": " << covered / 1500.0);
        CHECK(covered / 1500.0 >= (icc == 0.0 ? 0.948 : 0.903));
      }
    }
  }
}

}  // namespace
}  // namespace assay::stats
