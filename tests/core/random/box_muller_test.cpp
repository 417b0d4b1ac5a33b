// The Gaussian draws of the protocol generator: their formula, and their law.
#include "core/random/box_muller.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random/csprng.h"
#include "core/random/derive.h"
#include "tests/catch.h"

namespace assay {
namespace {

Csprng draws(const char* purpose) {
  return Csprng(derive_key("tests of Gaussian draws", {purpose}), purpose);
}

TEST_CASE("Gaussian draws follow the formula, at its ends too") {
  const std::size_t pairs = 20'003;  // not a whole number of vectors
  std::vector<std::uint32_t> words(2 * pairs);
  auto random = draws("formula");
  random.fill(std::as_writable_bytes(std::span(words)));
  const std::array<std::uint32_t, 6> ends = {0, 1, 2, 0x7fffffffU, 0xfffffffdU, 0xffffffffU};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    words[i] = ends[i];
    words[pairs + ends.size() + i] = ends[i];
  }
  std::vector<float> got(2 * pairs);
  box_muller(words.data(), got.data(), pairs);
  double worst = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    const double u = (static_cast<double>(words[i] >> 1) + 0.5) * 0x1p-31;
    // Which quarter turn, and how far from its middle.
    const auto word = words[pairs + i];
    const auto turns =
        static_cast<double>((word >> 30) & 1U) + 2.0 * static_cast<double>(word >> 31);
    const auto within = static_cast<double>(word & 0x3fffffffU) * 0x1p-30 - 0.5;
    const auto angle = (turns + within) * std::numbers::pi / 2;
    const auto radius = std::sqrt(-2 * std::log(u));
    worst = std::max(worst, std::abs(static_cast<double>(got[i]) - radius * std::cos(angle)));
    worst =
        std::max(worst, std::abs(static_cast<double>(got[pairs + i]) - radius * std::sin(angle)));
  }
  CHECK(worst < 6e-7);
}

TEST_CASE("Gaussian draws have the normal law, and pairs are independent") {
  // Each check fails for a right sampler of a random seed with a chance of 10^-6.
  const std::int64_t n = 1'000'000;
  auto random = draws("law");
  const auto x = random.normal({n}, 2.5).to(at::kDouble) / 2.5;
  const auto* unsorted = x.const_data_ptr<double>();
  double of_neighbours = 0, of_halves = 0;
  for (std::int64_t i = 0; i + 2048 < n; ++i) {
    of_neighbours += unsorted[i] * unsorted[i + 1];
    of_halves += unsorted[i] * unsorted[i + 2048];  // a pair lies half a block apart
  }
  const auto bound = 4.9 * std::sqrt(static_cast<double>(n));
  CHECK(std::abs(of_neighbours) < bound);
  CHECK(std::abs(of_halves) < bound);
  // So are their squares, which a shared radius would tie together if its law were wrong.
  double of_squares = 0;
  for (std::int64_t i = 0; i + 2048 < n; ++i)
    of_squares += (unsorted[i] * unsorted[i] - 1) * (unsorted[i + 2048] * unsorted[i + 2048] - 1);
  CHECK(std::abs(of_squares) < 2 * bound);

  std::vector<double> sorted(unsorted, unsorted + n);
  std::sort(sorted.begin(), sorted.end());
  double distance = 0;  // Kolmogorov and Smirnov
  for (std::int64_t i = 0; i < n; ++i) {
    const auto law = 0.5 * std::erfc(-sorted[static_cast<std::size_t>(i)] / std::numbers::sqrt2);
    distance = std::max({distance, law - static_cast<double>(i) / static_cast<double>(n),
                         static_cast<double>(i + 1) / static_cast<double>(n) - law});
  }
  CHECK(distance < std::sqrt(std::log(2 / 1e-6) / (2 * static_cast<double>(n))));
  // Beyond 4 lie 63.3 of them in the mean: 28 to 108 with a chance above 1 - 10^-6.
  const auto beyond =
      std::count_if(sorted.begin(), sorted.end(), [](double value) { return std::abs(value) > 4; });
  CHECK(beyond >= 28);
  CHECK(beyond <= 108);
}

TEST_CASE("Gaussian draws of any number, the same from the same key") {
  for (const std::int64_t n : {0, 1, 2, 7, 4096, 4097, 10'000}) {
    auto one = draws("count"), other = draws("count");
    const auto x = one.normal({n}, 1.0), y = other.normal({n}, 1.0);
    CHECK(x.sizes() == at::IntArrayRef{n});
    CHECK(x.equal(y));
    CHECK(x.isfinite().all().item<bool>());
    if (n > 1) CHECK(!one.normal({n}, 1.0).equal(x));
  }
  auto random = draws("shape");
  CHECK(random.normal({3, 0, 2}, 1.0).numel() == 0);
  CHECK(random.normal({3, 5, 2}, 1.0).sizes() == at::IntArrayRef({3, 5, 2}));
  CHECK(random.normal({5}, 0.0).eq(0).all().item<bool>());
}

}  // namespace
}  // namespace assay
