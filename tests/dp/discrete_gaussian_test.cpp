// The law of discrete noise, against its definition. A right sampler fails a test of a random seed
// with the stated chance.
#include "dp/noise/discrete_gaussian.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <map>

#include "core/random/derive.h"
#include "dp/noise/exact_coin.h"
#include "tests/catch.h"
#include "tests/dp/chi_square.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

constexpr double kFalseAlarm = 1e-6;

Csprng draws(const std::string& purpose) {
  return Csprng(derive_key("tests of discrete noise", {purpose}), purpose);
}

/// Draws against the law itself: a cell for each whole number, joined from both ends until 5 are
/// expected; wide laws in cells of `width` numbers.
double law_p(const DiscreteGaussian& noise, int count, std::int64_t width, Csprng random) {
  const auto reach = static_cast<std::int64_t>(std::ceil(12 * noise.sigma())) + width;
  const long double variance =
      static_cast<long double>(noise.sigma()) * static_cast<long double>(noise.sigma());
  const auto cell_of = [&](std::int64_t x) {
    return static_cast<std::int64_t>(
        std::floor(static_cast<double>(x) / static_cast<double>(width)));
  };
  std::map<std::int64_t, long double> weight;
  long double total = 0;
  for (std::int64_t x = -reach; x <= reach; ++x) {
    const auto at = static_cast<long double>(x);
    const auto mass = std::exp(-at * at / (2 * variance));
    weight[cell_of(x)] += mass;
    total += mass;
  }
  std::map<std::int64_t, double> counts;
  for (int i = 0; i < count; ++i) {
    const auto x = noise(random);
    REQUIRE(std::abs(x) <= reach);
    ++counts[cell_of(x)];
  }
  std::vector<double> seen, expected;
  double open_seen = 0, open_expected = 0;
  for (const auto& [cell, mass] : weight) {
    open_seen += counts[cell];
    open_expected += static_cast<double>(count * mass / total);
    if (open_expected < 5) continue;
    seen.push_back(open_seen);
    expected.push_back(open_expected);
    open_seen = open_expected = 0;
  }
  seen.back() += open_seen;
  expected.back() += open_expected;
  return chi_square_p(seen, expected);
}

TEST_CASE("exact coins fall as exp says") {
  auto random = draws("coins");
  const double n = 100'000;
  for (const auto& [numerator, denominator] :
       {std::pair{0, 1}, {1, 1000}, {1, 3}, {1, 1}, {3, 2}, {7, 2}}) {
    CAPTURE(numerator, denominator);
    const double probability = std::exp(-static_cast<double>(numerator) / denominator);
    double heads = 0;
    for (int i = 0; i < n; ++i) {
      heads +=
          exp_coin(random, static_cast<Whole>(numerator), static_cast<Whole>(denominator)) ? 1 : 0;
    }
    if (numerator == 0) {
      CHECK(heads == n);
    } else {
      CHECK(chi_square_p({heads, n - heads}, {n * probability, n * (1 - probability)}) >
            kFalseAlarm);
    }
  }
}

TEST_CASE("uniform draws below a bound are uniform, on both sides of 2^64") {
  auto random = draws("below");
  const Whole wide = Whole{5} << 100;
  std::vector<double> small(7), large(5);
  for (int i = 0; i < 70'000; ++i)
    ++small[static_cast<std::size_t>(below(random, 7))];
  for (int i = 0; i < 50'000; ++i)
    ++large[static_cast<std::size_t>(below(random, wide) >> 100)];
  CHECK(chi_square_p(small, std::vector<double>(7, 10'000)) > kFalseAlarm);
  CHECK(chi_square_p(large, std::vector<double>(5, 10'000)) > kFalseAlarm);
  for (int i = 0; i < 100; ++i)
    CHECK(below(random, 1) == 0);
}

TEST_CASE("the discrete Gaussian has its law, narrow or wide") {
  CHECK(law_p(DiscreteGaussian(1, 16), 200'000, 1, draws("1/16")) > kFalseAlarm);
  CHECK(law_p(DiscreteGaussian(1), 200'000, 1, draws("1")) > kFalseAlarm);
  CHECK(law_p(DiscreteGaussian(7, 3), 200'000, 1, draws("7/3")) > kFalseAlarm);
  CHECK(law_p(DiscreteGaussian(100), 200'000, 1, draws("100")) > kFalseAlarm);
  CHECK(law_p(DiscreteGaussian(1'000'003, 65'536), 100'000, 1, draws("fraction")) > kFalseAlarm);
  CHECK(law_p(DiscreteGaussian(std::int64_t{1} << 24), 100'000, 64, draws("2^24")) > kFalseAlarm);
}

TEST_CASE("wide discrete noise has the standard deviation that it says") {
  const auto noise = DiscreteGaussian::at_least(0x1p18);
  auto random = draws("2^18");
  const auto values = noise(random, {100, 200});
  CHECK(values.sizes() == at::IntArrayRef({100, 200}));
  const auto real = values.to(at::kDouble) / noise.sigma();
  // Of 20,000 draws the sum of squares is chi-square with 20,000 degrees of freedom.
  const double squares = real.square().sum().item<double>();
  const boost::math::chi_squared law(20'000);
  CHECK(boost::math::cdf(law, squares) > kFalseAlarm / 2);
  CHECK(boost::math::cdf(boost::math::complement(law, squares)) > kFalseAlarm / 2);
  const double mean = real.sum().item<double>() / std::sqrt(20'000.0);
  CHECK(std::abs(mean) < boost::math::quantile(boost::math::normal(), 1 - kFalseAlarm / 2));
}

TEST_CASE("noise of a wanted size is never less than wanted, and hardly more") {
  for (const double sigma : {1e-3, 0.1, 0.7, 1.0, 1.1, std::sqrt(2.0), 123.456, 65'537.3, 0x1p18}) {
    CAPTURE(sigma);
    const auto noise = DiscreteGaussian::at_least(sigma);
    CHECK(noise.sigma() >= sigma);
    CHECK(noise.sigma() * noise.sigma() <= sigma * sigma * (1 + 1e-9) + 1.0 / 256 + 1e-12);
  }
}

TEST_CASE("discrete noise that cannot be is refused") {
  CHECK_THROWS_WITH(DiscreteGaussian(0),
                    Contains("expected a variance of 1 to 2^44 over 1 to 2^16"));
  CHECK_THROWS_WITH(DiscreteGaussian(1, 0), Contains("got 1 / 0"));
  CHECK_THROWS_WITH(DiscreteGaussian((std::int64_t{1} << 44) + 1), Contains("expected a variance"));
  CHECK_THROWS_WITH(DiscreteGaussian::at_least(0), Contains("expected sigma above 0"));
  CHECK_THROWS_WITH(DiscreteGaussian::at_least(3e5), Contains("up to 2^18, got 300000"));
  CHECK_THROWS_WITH(DiscreteGaussian::at_least(std::nan("")), Contains("expected sigma"));
}

TEST_CASE("generators of other purposes draw other noise") {
  const DiscreteGaussian noise(1 << 20);
  auto one = draws("rank 0"), same = draws("rank 0"), other = draws("rank 1");
  const auto first = noise(one, {8});
  CHECK(first.equal(noise(same, {8})));
  CHECK(!first.equal(noise(other, {8})));
  CHECK(!first.equal(noise(one, {8})));
}

}  // namespace
}  // namespace assay::dp
