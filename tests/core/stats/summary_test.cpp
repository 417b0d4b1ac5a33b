#include "core/stats/summary.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tests/catch.h"

namespace assay::stats {
namespace {

using Values = std::vector<double>;

TEST_CASE("summaries agree with numpy", "[stats]") {
  // numpy: mean, std(ddof=1), quantile (its default is type 7); printed by pinned_values.py.
  const Values v = {3, 1, 4, 1, 5, 9, 2, 6};
  CHECK(mean(v) == 3.875);
  CHECK(sample_sd(v) == Approx(2.74837614394).epsilon(1e-11));
  CHECK(median(v) == 3.5);
  CHECK(quantile(v, 0.0) == 1.0);
  CHECK(quantile(v, 0.1) == 1.0);
  CHECK(quantile(v, 0.25) == 1.75);
  CHECK(quantile(v, 0.9) == Approx(6.9).epsilon(1e-12));
  CHECK(quantile(v, 1.0) == 9.0);
  CHECK(median(Values{2, 7, 1}) == 2.0);
}

TEST_CASE("the third moment leans to where the outliers are", "[stats]") {
  const std::vector<double> low = {0.0, 1.0, 1.0, 1.0}, high = {1.0, 0.0, 0.0, 0.0};
  CHECK(third_moment(low) == Approx(-0.09375).epsilon(1e-12));
  CHECK(third_moment(high) == Approx(0.09375).epsilon(1e-12));
  CHECK(third_moment(std::vector<double>{1e9, 1e9 + 1, 1e9 + 2}) == 0.0);
  CHECK_THROWS_AS(third_moment(std::vector<double>{}), std::invalid_argument);
}

TEST_CASE("equal values have exactly themselves as mean and no spread", "[stats]") {
  // 0.1 + 0.1 + 0.1 is not 0.3: a plain sum would make a spread out of rounding.
  for (const double value : {0.1, 0.7, 1.0 / 3.0, -1e300}) {
    const Values same(7, value);
    CHECK(mean(same) == value);
    CHECK(sample_sd(same) == 0.0);
    CHECK(median(same) == value);
  }
}

TEST_CASE("summaries survive numbers at the edge of what a double holds", "[stats]") {
  CHECK(mean(Values{1e308, -1e308, 1e308, -1e308}) == Approx(0.0).margin(1e290));
  CHECK(median(Values{-1e308, 1e308}) == 0.0);
  CHECK(sample_sd(Values{1e200, 3e200}) == Approx(std::sqrt(2.0) * 1e200).epsilon(1e-12));
  CHECK(mean(Values{5e-324}) == 5e-324);
}

TEST_CASE("the sample deviation is that of a shifted sample, far from 0", "[stats]") {
  const Values near = {1, 2, 4}, far = {1e9 + 1, 1e9 + 2, 1e9 + 4};
  CHECK(sample_sd(far) == Approx(sample_sd(near)).epsilon(1e-12));
}

TEST_CASE("summaries refuse what cannot be summarised", "[stats]") {
  const Values none, one = {1.0};
  const Values nan = {1.0, std::nan("")};
  const Values infinite = {1.0, std::numeric_limits<double>::infinity()};
  CHECK_THROWS_AS(mean(none), std::invalid_argument);
  CHECK_THROWS_AS(median(none), std::invalid_argument);
  CHECK_THROWS_AS(quantile(none, 0.5), std::invalid_argument);
  CHECK_THROWS_AS(sample_sd(none), std::invalid_argument);
  CHECK_THROWS_AS(sample_sd(one), std::invalid_argument);
  CHECK(mean(one) == 1.0);
  CHECK(quantile(one, 0.3) == 1.0);
  for (const auto& bad : {nan, infinite}) {
    CHECK_THROWS_AS(mean(bad), std::invalid_argument);
    CHECK_THROWS_AS(median(bad), std::invalid_argument);
    CHECK_THROWS_AS(sample_sd(bad), std::invalid_argument);
  }
  CHECK_THROWS_AS(quantile(one, 1.01), std::invalid_argument);
  CHECK_THROWS_AS(quantile(one, std::nan("")), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
