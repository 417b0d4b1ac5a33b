
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <cstdio>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

namespace assay::mpc {
namespace {

using additive::Truncation;

/// x / 2^16 by the protocol, minus its floor.
at::Tensor errors(Rank parties, const at::Tensor& ring, Truncation how, std::uint64_t seed) {
  const auto computed = run_additive(
      parties,
      [&](Protocol& p) {
        // A product with the number one is not dealt, so its truncation opens it anew.
        const auto x = p.input(0, ring, 16), one = p.input(1, at::ones_like(ring), 16);
        const auto product = p.product(elementwise(), x, one);
        return p.reveal(p.truncate(product, 16), "x");
      },
      additive::AdditiveOptions{.truncation = how}, seed);
  return computed.results.front() - ring.bitwise_right_shift(16);
}

}  // namespace

TEST_CASE("truncation is never far off, up to 2^62 and at both signs", "[mpc]") {
  std::vector<std::int64_t> edges = {0, 1, -1, 65535, 65536, -65535, -65536, -65537};
  for (int k = 17; k < 62; ++k) {
    for (const std::int64_t d : {-1, 0, 1}) {
      edges.push_back((std::int64_t{1} << k) + d);
      edges.push_back(-(std::int64_t{1} << k) + d);
    }
  }
  const auto random =
      at::randint(-(std::int64_t{1} << 61), std::int64_t{1} << 61, {50'000}, at::kLong);
  const auto ring = at::cat({at::tensor(edges, at::kLong), random});
  for (const Rank parties : {2, 3, 5}) {
    CAPTURE(parties);
    const auto error = errors(parties, ring, Truncation::msb_corrected, 3);
    CHECK(error.min().item<std::int64_t>() >= 0);
    CHECK(error.max().item<std::int64_t>() <= 1);
    CHECK(errors(parties, ring, Truncation::exact, 4).abs().max().item<std::int64_t>() == 0);
  }
}

// The chance to round up is the fraction itself. 200,000 draws: the mean's standard deviation is at
// most 0.5 / sqrt(200,000) = 0.0011; five of them are passed by a right implementation once in 1.7
// million runs for each of the 9 checks.
TEST_CASE("truncation is right on average", "[mpc]") {
  for (const Rank parties : {2, 3, 5}) {
    for (const std::int64_t fraction : {1, 16384, 60000}) {
      const auto ring = at::full({200'000}, 12345 * 65536 + fraction, at::kLong);
      const auto mean =
          errors(parties, ring, Truncation::msb_corrected, 5 + static_cast<std::uint64_t>(fraction))
              .to(at::kDouble)
              .mean();
      CAPTURE(parties, fraction);
      CHECK(std::abs(mean.item<double>() - static_cast<double>(fraction) / 65536.0) < 0.0056);
    }
  }
}

// One result in 2^64 / |x| is far off: here one in 64, of 64,000, so 1,000 with a standard
// deviation of
// 31. Five of them are left once in 1.7 million runs of each check.
TEST_CASE("the baselines fail at the predicted rate, and the corrected truncation does not",
          "[mpc]") {
  const auto ring = at::full({64'000}, std::int64_t{1} << 58, at::kLong);
  const auto far_off = [&](Rank parties, Truncation how) {
    return (errors(parties, ring, how, 6).abs() > parties).sum().item<std::int64_t>();
  };
  CHECK(std::abs(far_off(2, Truncation::local) - 1000) < 157);
  for (const Rank parties : {2, 3, 5}) {
    CAPTURE(parties);
    CHECK(std::abs(far_off(parties, Truncation::wraps) - 1000) < 157);
    CHECK(far_off(parties, Truncation::msb_corrected) == 0);
    CHECK(far_off(parties, Truncation::exact) == 0);
  }
}

TEST_CASE("local truncation is for two parties", "[mpc]") {
  const auto nothing = [](Protocol&) { return at::Tensor(); };
  CHECK_THROWS_AS(
      run_additive(3, nothing, additive::AdditiveOptions{.truncation = Truncation::local}, 1),
      std::invalid_argument);
}

// 10^8 products of up to 2^20, 2^52 in the ring before they are truncated. The baselines are far
// off in |x| / 2^64 of cases, 12,207 of 10^8 on average, and their count is that of independent
// events: a right prediction is left by five standard deviations once in 1.7 million runs of each
// of the 4 checks.
TEST_CASE("10^8 truncations among 2, 3 and 5 parties are never far off", "[.long]") {
  constexpr std::int64_t kAtOnce = 1'000'000, kLargest = std::int64_t{1} << 52;
  for (const Rank parties : {2, 3, 5}) {
    std::int64_t corrected = 0, exact = 0, local = 0, wraps = 0;
    double expected = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
      const auto generator = at::detail::createCPUGenerator(i);
      const auto ring = at::randint(-kLargest, kLargest + 1, {kAtOnce}, generator, at::kLong);
      expected += ring.abs().to(at::kDouble).sum().item<double>() / 0x1p64;
      const auto beyond = [&](Truncation how, std::int64_t low, std::int64_t high) {
        const auto error = errors(parties, ring, how, 100 + i);
        return (error < low).logical_or(error > high).sum().item<std::int64_t>();
      };
      corrected += beyond(Truncation::msb_corrected, 0, 1);
      exact += beyond(Truncation::exact, 0, 0);
      // Each party's own division is off by less than one.
      wraps += beyond(Truncation::wraps, -parties, parties);
      if (parties == 2) local += beyond(Truncation::local, -parties, parties);
    }
    std::printf("%d parties, 10^8 truncations far off: msb_corrected %lld, exact %lld, wraps %lld",
                parties, static_cast<long long>(corrected), static_cast<long long>(exact),
                static_cast<long long>(wraps));
    if (parties == 2) std::printf(", local %lld", static_cast<long long>(local));
    std::printf("; predicted for the baselines %.0f\n", expected);
    std::fflush(stdout);
    CAPTURE(parties, expected);
    CHECK(corrected == 0);
    CHECK(exact == 0);
    CHECK(std::abs(static_cast<double>(wraps) - expected) < 5 * std::sqrt(expected));
    if (parties == 2)
      CHECK(std::abs(static_cast<double>(local) - expected) < 5 * std::sqrt(expected));
  }
}

}  // namespace assay::mpc
