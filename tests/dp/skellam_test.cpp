// The law of Skellam noise, against the recurrence of its chances. A right sampler fails a test of
// a random seed with the stated chance.
#include "dp/noise/skellam.h"

#include <ATen/TensorOperators.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <map>

#include "core/random/derive.h"
#include "tests/catch.h"
#include "tests/dp/chi_square.h"
#include "tests/dp/skellam_law.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

constexpr double kFalseAlarm = 1e-6;

Csprng draws(const std::string& purpose) {
  return Csprng(derive_key("tests of Skellam noise", {purpose}), purpose);
}

/// Whole numbers against the law of variance mu, in cells of `width` numbers, joined from both ends
/// until 5 are expected.
double law_p(const std::vector<std::int64_t>& values, double mu, std::int64_t width) {
  const auto reach = static_cast<std::int64_t>(12.0 * std::sqrt(mu));
  const auto mass = skellam_masses(mu, reach);
  const auto cell_of = [&](std::int64_t k) {
    return static_cast<std::int64_t>(
        std::floor(static_cast<double>(k) / static_cast<double>(width)));
  };
  std::map<std::int64_t, std::pair<double, double>> cells;  // seen, expected
  for (std::int64_t k = -reach; k <= reach; ++k) {
    cells[cell_of(k)].second += static_cast<double>(static_cast<long double>(values.size()) *
                                                    mass[static_cast<std::size_t>(std::abs(k))]);
  }
  for (const auto value : values) {
    REQUIRE(std::abs(value) <= reach);
    ++cells[cell_of(value)].first;
  }
  std::vector<double> seen, expected;
  std::pair<double, double> open{0, 0};
  for (const auto& [cell, both] : cells) {
    open.first += both.first;
    open.second += both.second;
    if (open.second < 5) continue;
    seen.push_back(open.first);
    expected.push_back(open.second);
    open = {0, 0};
  }
  seen.back() += open.first;
  expected.back() += open.second;
  return chi_square_p(seen, expected);
}

std::vector<std::int64_t> some(const Skellam& noise, int count, Csprng random) {
  std::vector<std::int64_t> out;
  for (int i = 0; i < count; ++i)
    out.push_back(noise(random));
  return out;
}

}  // namespace

TEST_CASE("chances of Skellam draws are those of the recurrence", "[dp]") {
  // The recurrence itself, some 2^13 to 2^18 steps, is good to 2^-46 or better.
  for (const double mu : {4096.0, 4096.7, 100'000.3, 0x1p24}) {
    const auto reach = static_cast<std::int64_t>(64.0 * std::sqrt(mu));
    const auto mass = skellam_masses(mu, reach);
    const Skellam noise(mu);
    long double worst = 0.0L;
    for (std::int64_t k = 0; k <= reach; k += 1 + reach / 5000) {
      const auto expected = std::log(mass[static_cast<std::size_t>(k)] / mass[0]);
      worst = std::max(worst, std::abs(noise.log_ratio(k) - expected));
      CHECK(noise.log_ratio(-k) == noise.log_ratio(k));
    }
    CAPTURE(mu, static_cast<double>(worst));
    CHECK(worst < 2e-14L);
  }
}

TEST_CASE("Skellam draws have their law, narrow or wide", "[dp]") {
  CHECK(law_p(some(Skellam(4096.0), 200'000, draws("2^12")), 4096.0, 1) > kFalseAlarm);
  CHECK(law_p(some(Skellam(5000.5), 200'000, draws("5000.5")), 5000.5, 4) > kFalseAlarm);
  CHECK(law_p(some(Skellam(0x1p24), 100'000, draws("2^24")), 0x1p24, 64) > kFalseAlarm);
}

TEST_CASE("shares of the variance make up the Skellam law of their sum", "[dp]") {
  const std::vector<double> shares = {4096.0, 5000.0, 20'000.0};
  std::vector<std::int64_t> sums(100'000, 0);
  for (std::size_t rank = 0; rank < shares.size(); ++rank) {
    auto random = draws("rank " + std::to_string(rank));
    const Skellam noise(shares[rank]);
    for (auto& sum : sums)
      sum += noise(random);
  }
  CHECK(law_p(sums, 29'096.0, 8) > kFalseAlarm);
  // The test has power: 10 % more variance is found.
  CHECK(law_p(sums, 29'096.0 * 1.1, 8) < kFalseAlarm);
}

TEST_CASE("wide Skellam noise has the variance that it says", "[dp]") {
  for (const double mu : {0x1p36, 0x1p48}) {
    auto random = draws("variance " + std::to_string(mu));
    const auto values = Skellam(mu)(random, {100, 200});
    CHECK(values.sizes() == at::IntArrayRef({100, 200}));
    const auto real = values.to(at::kDouble) / std::sqrt(mu);
    // Of 20,000 draws, normal by far closer than the test sees, the sum of squares is chi-square.
    const double squares = real.square().sum().item<double>();
    const boost::math::chi_squared law(20'000);
    CHECK(boost::math::cdf(law, squares) > kFalseAlarm / 2);
    CHECK(boost::math::cdf(boost::math::complement(law, squares)) > kFalseAlarm / 2);
    const double mean = real.sum().item<double>() / std::sqrt(20'000.0);
    CHECK(std::abs(mean) < boost::math::quantile(boost::math::normal(), 1 - kFalseAlarm / 2));
  }
}

TEST_CASE("Skellam noise of a wanted size is never less than wanted, and hardly more", "[dp]") {
  for (const double sigma : {64.0, 100.1, 12'345.678, 0x1p18}) {
    const auto variance = static_cast<long double>(Skellam::at_least(sigma).variance());
    const long double wanted = static_cast<long double>(sigma) * sigma;
    CHECK(variance >= wanted);
    CHECK(variance <= wanted * (1.0L + 0x1p-49L));
  }
}

TEST_CASE("Skellam noise that cannot be is refused", "[dp]") {
  CHECK_THROWS_WITH(Skellam(4095.9), Contains("expected a variance of 2^12 to 2^48, got 4095.9"));
  CHECK_THROWS_WITH(Skellam(0x1p49), Contains("expected a variance"));
  CHECK_THROWS_WITH(Skellam(std::nan("")), Contains("expected a variance"));
}

TEST_CASE("generators of other purposes draw other Skellam noise", "[dp]") {
  const Skellam noise(0x1p20);
  auto one = draws("rank 0"), same = draws("rank 0"), other = draws("rank 1");
  const auto first = noise(one, {8});
  CHECK(first.equal(noise(same, {8})));
  CHECK(!first.equal(noise(other, {8})));
  CHECK(!first.equal(noise(one, {8})));
}

}  // namespace assay::dp
