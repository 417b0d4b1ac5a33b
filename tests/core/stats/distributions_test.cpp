#include "core/stats/distributions.h"

#include <cmath>
#include <limits>

#include "tests/catch.h"

namespace assay::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Expected values: scipy.stats 1.17, printed by pinned_values.py.

TEST_CASE("normal and t quantiles agree with scipy", "[stats]") {
  CHECK(normal_quantile(1e-300) == Approx(-37.0470962994).epsilon(1e-10));
  CHECK(normal_quantile(1e-10) == Approx(-6.3613409024).epsilon(1e-10));
  CHECK(normal_quantile(0.025) == Approx(-1.95996398454).epsilon(1e-10));
  CHECK(normal_quantile(0.5) == 0.0);
  CHECK(t_quantile(0.975, 4) == Approx(2.7764451052).epsilon(1e-10));
  CHECK(t_quantile(0.95, 1) == Approx(6.31375151468).epsilon(1e-10));
  CHECK(t_quantile(1e-6, 2.5) == Approx(-220.173429178).epsilon(1e-10));
  CHECK(t_quantile(0.9, 1e6) == Approx(1.28155241213).epsilon(1e-10));
}

TEST_CASE("normal and t tails agree with scipy", "[stats]") {
  CHECK(normal_upper_tail(1.645) == Approx(0.0499849055391).epsilon(1e-10));
  CHECK(normal_upper_tail(-2) == Approx(0.977249868052).epsilon(1e-10));
  CHECK(normal_upper_tail(10) == Approx(7.61985302416e-24).epsilon(1e-10));
  CHECK(t_upper_tail(2.776, 4) == Approx(0.02501138916).epsilon(1e-10));
  CHECK(t_upper_tail(-1, 1.5) == Approx(0.774432316362).epsilon(1e-10));
  CHECK(t_upper_tail(40, 3) == Approx(1.71903403946e-05).epsilon(1e-10));
  CHECK(t_upper_tail(1e6, 1) == Approx(3.18309886184e-07).epsilon(1e-10));
}

TEST_CASE("the ends of a distribution are values, not exceptions", "[stats]") {
  CHECK(normal_quantile(0.0) == -kInfinity);
  CHECK(normal_quantile(1.0) == kInfinity);
  CHECK(t_quantile(0.0, 3) == -kInfinity);
  CHECK(normal_upper_tail(kInfinity) == 0.0);
  CHECK(normal_upper_tail(-kInfinity) == 1.0);
  CHECK(t_upper_tail(kInfinity, 3) == 0.0);
  CHECK(beta_quantile(0.0, 2, 3) == 0.0);
  CHECK(beta_quantile(1.0, 2, 3) == 1.0);
  CHECK(binomial_upper_tail(0, 10, 0.0) == 1.0);
  CHECK(binomial_upper_tail(1, 10, 0.0) == 0.0);
  CHECK(binomial_upper_tail(10, 10, 1.0) == 1.0);
  CHECK(binomial_upper_tail(11, 10, 1.0) == 0.0);
  // P(X >= 2) for 3 fair coins: 4/8
  CHECK(binomial_upper_tail(2, 3, 0.5) == Approx(0.5).epsilon(1e-14));
}

TEST_CASE("distributions refuse what is not a probability or a number", "[stats]") {
  const double nan = std::nan("");
  CHECK_THROWS_AS(normal_quantile(nan), std::invalid_argument);
  CHECK_THROWS_AS(normal_quantile(1.5), std::invalid_argument);
  CHECK_THROWS_AS(normal_upper_tail(nan), std::invalid_argument);
  CHECK_THROWS_AS(t_quantile(0.5, 0), std::invalid_argument);
  CHECK_THROWS_AS(t_quantile(0.5, nan), std::invalid_argument);
  CHECK_THROWS_AS(t_upper_tail(nan, 3), std::invalid_argument);
  CHECK_THROWS_AS(beta_quantile(0.5, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(binomial_upper_tail(1, -1, 0.5), std::invalid_argument);
  CHECK_THROWS_AS(binomial_upper_tail(1, 2, -0.1), std::invalid_argument);
}

}  // namespace
}  // namespace assay::stats
