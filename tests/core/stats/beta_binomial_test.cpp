#include "core/stats/beta_binomial.h"

#include <cmath>
#include <random>
#include <vector>

#include "tests/catch.h"

namespace assay::stats {
namespace {

TEST_CASE("the beta-binomial law agrees with scipy", "[stats]") {
  // scipy 1.17: betabinom.pmf, and binom.pmf for icc = 0; printed by pinned_values.py.
  CHECK(beta_binomial_pmf({12, 0.3, 0.1}, 4) == Approx(0.148400778226).epsilon(1e-10));
  CHECK(beta_binomial_pmf({12, 0.3, 0.0}, 4) == Approx(0.231139696095).epsilon(1e-10));
  CHECK(beta_binomial_pmf({24, 0.05, 0.3}, 0) == Approx(0.73292464189).epsilon(1e-10));
  CHECK(beta_binomial_pmf({24, 0.05, 0.3}, 24) == Approx(0.000120089717418).epsilon(1e-10));
}

TEST_CASE("the beta-binomial law sums to 1 and has its mean and variance", "[stats]") {
  for (const std::int64_t n : {0, 1, 12, 60}) {
    for (const double p : {0.0, 1e-6, 0.3, 1.0}) {
      for (const double icc : {0.0, 1e-12, 0.1, 0.9, 1.0}) {
        double total = 0.0, first = 0.0, second = 0.0;
        for (std::int64_t x = 0; x <= n; ++x) {
          const double chance = beta_binomial_pmf({n, p, icc}, x);
          total += chance;
          first += chance * static_cast<double>(x);
          second += chance * static_cast<double>(x * x);
        }
        const auto m = static_cast<double>(n);
        INFO("n " << n << ", p " << p << ", icc " << icc);
        CHECK(total == Approx(1.0).epsilon(1e-10));
        CHECK(first == Approx(m * p).margin(1e-9));
        // Var X = n p q (1 + (n - 1) icc)
        const double variance = m * p * (1 - p) * (1 + (m - 1) * icc);
        CHECK(second - first * first == Approx(n == 0 ? 0.0 : variance).margin(1e-7));
      }
    }
  }
  CHECK(beta_binomial_pmf({12, 0.3, 0.1}, -1) == 0.0);
  CHECK(beta_binomial_pmf({12, 0.3, 0.1}, 13) == 0.0);
}

TEST_CASE("beta-binomial draws follow the law", "[stats]") {
  // Chi-square of 40,000 draws over the counts expected at least 8 times, the others pooled. The
  // bound is the mean plus 6 standard deviations of chi-square, passed by a correct sampler with a
  // chance of about 1 - 1e-5 each.
  std::mt19937_64 generator(29);
  for (const double p : {0.05, 0.4, 0.9}) {
    for (const double icc : {0.0, 0.1, 0.3, 0.999, 1.0}) {
      const BetaBinomial law{12, p, icc};
      std::vector<double> counts(13);
      for (int i = 0; i < 40000; ++i) {
        const auto x = draw_beta_binomial(law, generator);
        REQUIRE(x >= 0);
        REQUIRE(x <= 12);
        counts[static_cast<std::size_t>(x)] += 1;
      }
      double chi2 = 0.0, rare_expected = 0.0, rare = 0.0, cells = 0.0;
      for (std::int64_t x = 0; x <= 12; ++x) {
        const double expected = 40000 * beta_binomial_pmf(law, x);
        const double count = counts[static_cast<std::size_t>(x)];
        if (expected < 8) {
          rare_expected += expected;
          rare += count;
        } else {
          chi2 += (count - expected) * (count - expected) / expected;
          cells += 1;
        }
      }
      const double degrees = std::max(1.0, cells - 1);
      INFO("p " << p << ", icc " << icc << ": chi2 " << chi2 << " on " << degrees << ", rare "
                << rare << " of " << rare_expected);
      CHECK(chi2 < degrees + 6 * std::sqrt(2 * degrees));
      CHECK(rare <= rare_expected + 6 * std::sqrt(rare_expected) + 6);
    }
  }
}

TEST_CASE("beta-binomial draws at the edges of the law", "[stats]") {
  std::mt19937_64 generator(31);
  for (int i = 0; i < 200; ++i) {
    CHECK(draw_beta_binomial({12, 0.0, 0.3}, generator) == 0);
    CHECK(draw_beta_binomial({12, 1.0, 0.3}, generator) == 12);
    CHECK(draw_beta_binomial({0, 0.5, 0.3}, generator) == 0);
    const auto all_or_nothing = draw_beta_binomial({12, 0.5, 1.0}, generator);
    CHECK((all_or_nothing == 0 || all_or_nothing == 12));
    // Shapes so small that a gamma draw underflows: rates stay numbers.
    const double rate = draw_cluster_rate({12, 1e-9, 1 - 1e-12}, generator);
    CHECK((rate >= 0.0 && rate <= 1.0));
    CHECK(draw_cluster_rate({12, 0.25, 1e-300}, generator) == 0.25);
  }
  CHECK_THROWS_AS(draw_beta_binomial({-1, 0.5, 0.1}, generator), std::invalid_argument);
  CHECK_THROWS_AS(draw_beta_binomial({1, 1.5, 0.1}, generator), std::invalid_argument);
  CHECK_THROWS_AS(draw_beta_binomial({1, 0.5, -0.1}, generator), std::invalid_argument);
  CHECK_THROWS_AS(beta_binomial_pmf({1, 0.5, std::nan("")}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
