#include "core/stats/holm.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/catch.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;

TEST_CASE("Holm agrees with statsmodels", "[stats]") {
  // statsmodels 0.15: multipletests(p, 0.05, "holm"), printed by pinned_values.py. The first is
  // adjusted to exactly alpha.
  const Values p = {0.01, 0.04, 0.03, 0.005, 0.5, 0.04, 1e-9};
  const Values expected = {0.05, 0.12, 0.12, 0.03, 0.5, 0.12, 7e-9};
  const std::vector<bool> rejected = {true, false, false, true, false, false, true};
  const auto result = holm(p, 0.05);
  for (std::size_t i = 0; i < p.size(); ++i) {
    CHECK(result.adjusted[i] == Approx(expected[i]).epsilon(1e-12));
  }
  CHECK((result.rejected == rejected));
}

TEST_CASE("the largest of many p-values is not chosen for free", "[stats]") {
  // One look at 0.04 is significant; the best of twenty looks is not.
  CHECK(holm(Values{0.04}, 0.05).rejected[0]);
  Values many(20, 0.9);
  many[7] = 0.04;
  const auto result = holm(many, 0.05);
  CHECK(result.adjusted[7] == Approx(0.8));
  CHECK(std::none_of(result.rejected.begin(), result.rejected.end(), [](bool r) { return r; }));
}

TEST_CASE("Holm's adjusted values follow the definition for any family", "[stats]") {
  std::mt19937_64 generator(3);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (std::size_t m = 1; m <= 12; ++m) {
    Values p(m);
    for (auto& value : p)
      value = std::pow(uniform(generator), 3);
    if (m > 2) p[1] = p[0];  // ties
    const auto result = holm(p, 0.1);
    for (std::size_t i = 0; i < m; ++i) {
      // max over the p-values not above this one of p times the number not below it
      double expected = 0.0;
      for (std::size_t j = 0; j < m; ++j) {
        if (p[j] > p[i]) continue;
        const auto not_below =
            std::count_if(p.begin(), p.end(), [&](double q) { return q >= p[j]; });
        expected = std::max(expected, std::min(1.0, p[j] * static_cast<double>(not_below)));
      }
      CHECK(result.adjusted[i] == Approx(expected).epsilon(1e-12));
      CHECK(result.adjusted[i] >= p[i]);
      CHECK(result.rejected[i] == (result.adjusted[i] <= 0.1));
    }
    // The order of the family changes nothing.
    auto reversed = p;
    std::reverse(reversed.begin(), reversed.end());
    auto adjusted = holm(reversed, 0.1).adjusted;
    std::reverse(adjusted.begin(), adjusted.end());
    CHECK(adjusted == result.adjusted);
  }
}

TEST_CASE("Holm's edges", "[stats]") {
  CHECK(holm(Values{}, 0.05).adjusted.empty());
  CHECK(holm(Values{0.0, 1.0}, 0.05).adjusted == Values{0.0, 1.0});
  CHECK_THROWS_AS(holm(Values{0.1, std::nan("")}, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(holm(Values{-0.1}, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(holm(Values{1.1}, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(holm(Values{0.1}, 0.0), std::invalid_argument);
  CHECK_THROWS_AS(holm(Values{0.1}, std::nan("")), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
