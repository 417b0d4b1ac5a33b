// The noise in a sum has the law that is accounted for, whoever drew which share of it.
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <boost/math/distributions/laplace.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "core/random/derive.h"
#include "dp/noise/sum_noise.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

constexpr std::int64_t kDraws = 200'000;
constexpr double kFalseAlarm = 1e-6;

/// The largest distance between the draws' distribution and a law's (Kolmogorov and Smirnov).
template <class Law>
double distance(std::vector<double> draws, const Law& law) {
  std::sort(draws.begin(), draws.end());
  const auto n = static_cast<double>(draws.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double below = boost::math::cdf(law, draws[i]);
    largest = std::max(
        {largest, static_cast<double>(i + 1) / n - below, below - static_cast<double>(i) / n});
  }
  return largest;
}

/// Exceeded by draws of the law itself with a chance of kFalseAlarm at most, whatever their number:
/// P[D > d] <= 2 exp(-2 n d^2) (Massart, Annals of Probability 18, 1990).
double bound() {
  return std::sqrt(std::log(2.0 / kFalseAlarm) / (2.0 * static_cast<double>(kDraws)));
}

/// Sums of `ranks` shares over zeros.
std::vector<double> drawn(NoiseLaw law, std::int64_t ranks, const std::string& seed) {
  const SumNoise noise({.law = law,
                        .noise_multiplier = 1.5,
                        .sensitivity = 0.8,
                        .share = 1.0 / static_cast<double>(ranks),
                        .coordinates = kDraws});
  const auto nothing = at::zeros({kDraws}, at::kFloat);
  at::Tensor total;
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    Csprng draws(derive_key("noise law", {seed}), "rank/" + std::to_string(rank));
    const auto part = noise.seal(nothing, draws);
    total = total.defined() ? total + part : part;
  }
  const auto opened = noise.open(total).to(at::kDouble).contiguous();
  const auto* values = opened.const_data_ptr<double>();
  std::vector<double> out(values, values + kDraws);
  for (auto& value : out)
    value /= noise.stddev();
  return out;
}

TEST_CASE("noise of every law, in one share or several, is normal", "[dp]") {
  // Grids are finer than the test by far: 2^-20 of a standard deviation, and for this many
  // coordinates the discrete law has some 10^5 steps in one.
  const boost::math::normal normal;
  for (const auto law : {NoiseLaw::gaussian, NoiseLaw::hardened_gaussian,
                         NoiseLaw::discrete_gaussian, NoiseLaw::skellam}) {
    for (const std::int64_t ranks : {1, 2, 5}) {
      INFO(to_string(law) << " of " << ranks);
      CHECK(distance(drawn(law, ranks, "a"), normal) < bound());
    }
  }
}

TEST_CASE("the test of the law finds noise that is 3 % too small, or of another law", "[dp]") {
  auto draws = drawn(NoiseLaw::hardened_gaussian, 2, "a");
  CHECK(distance(draws, boost::math::normal(0.0, 1.0 / 0.97)) > bound());
  CHECK(distance(draws, boost::math::laplace(0.0, std::sqrt(0.5))) > bound());
  for (auto& value : draws)
    value = std::clamp(value, -2.4, 2.4);  // tails cut off
  CHECK(distance(draws, boost::math::normal()) > bound());
}

TEST_CASE("shares of several ranks are independent of one another", "[dp]") {
  // The correlation of 200,000 pairs has a standard deviation of 1 / sqrt(n); five of these are
  // exceeded with a chance of 6e-7.
  const auto first = drawn(NoiseLaw::hardened_gaussian, 1, "a");
  const SumNoise noise({.noise_multiplier = 1.0, .coordinates = kDraws});
  Csprng other(derive_key("noise law", {"a"}), "rank/1");
  const auto second = noise.seal(at::zeros({kDraws}, at::kFloat), other).to(at::kDouble);
  const auto* values = second.const_data_ptr<double>();
  double sum = 0.0;
  for (std::size_t i = 0; i < first.size(); ++i)
    sum += first[i] * values[i];
  CHECK(std::abs(sum / static_cast<double>(kDraws)) < 5.0 / std::sqrt(kDraws));
}

}  // namespace
}  // namespace assay::dp
