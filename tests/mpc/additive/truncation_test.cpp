#include <ATen/ATen.h>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

namespace assay::mpc {
namespace {

/// x / 2^16 by the protocol, minus its floor.
at::Tensor errors(Rank parties, const at::Tensor& ring, bool exactly, std::uint64_t seed) {
  const auto computed = run_additive(
      parties,
      [&](Protocol& p) {
        // A product with the number one is not dealt, so its truncation opens it anew.
        const auto x = p.input(0, ring, 16), one = p.input(1, at::ones_like(ring), 16);
        const auto product = p.product(elementwise(), x, one);
        return p.reveal(exactly ? p.truncate_exactly(product, 16) : p.truncate(product, 16), "x");
      },
      16, seed);
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
    const auto error = errors(parties, ring, false, 3);
    CHECK(error.min().item<std::int64_t>() >= 0);
    CHECK(error.max().item<std::int64_t>() <= 1);
    CHECK(errors(parties, ring, true, 4).abs().max().item<std::int64_t>() == 0);
  }
}

// The chance to round up is the fraction itself. 200,000 draws: the mean's standard deviation is at
// most 0.5 / sqrt(200,000) = 0.0011; five of them are passed by a right implementation once in 1.7
// million runs for each of the 9 checks.
TEST_CASE("truncation is right on average", "[mpc]") {
  for (const Rank parties : {2, 3, 5}) {
    for (const std::int64_t fraction : {1, 16384, 60000}) {
      const auto ring = at::full({200'000}, 12345 * 65536 + fraction, at::kLong);
      const auto mean = errors(parties, ring, false, 5 + static_cast<std::uint64_t>(fraction))
                            .to(at::kDouble)
                            .mean();
      CAPTURE(parties, fraction);
      CHECK(std::abs(mean.item<double>() - static_cast<double>(fraction) / 65536.0) < 0.0056);
    }
  }
}

}  // namespace assay::mpc
