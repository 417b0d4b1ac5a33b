#include "core/metrics/identification.h"

#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "core/random/stream.h"
#include "tests/catch.h"

namespace assay::metrics {
namespace {

TEST_CASE("the rank counts the candidates that are as near as the original", "[metrics]") {
  const auto candidates = at::tensor({0.0, 1.0, 2.0, 3.0}, at::kDouble).view({4, 1});
  const auto at_value = [](double value) { return at::full({1}, value, at::kDouble); };
  CHECK(identify(at_value(2.1), candidates, 2).rank == 1);
  CHECK(identify(at_value(2.1), candidates, 3).rank == 2);
  CHECK(identify(at_value(2.1), candidates, 1).rank == 3);
  CHECK(identify(at_value(2.1), candidates, 0).rank == 4);
  CHECK(identify(at_value(2.1), candidates, 2).identified());
  CHECK_FALSE(identify(at_value(2.1), candidates, 3).identified());
  CHECK(identify(at_value(2.1), candidates, 2).chance() == 0.25);
}

TEST_CASE("a tie counts against the attacker", "[metrics]") {
  // Halfway between two: either may be meant, none is identified.
  const auto candidates = at::tensor({0.0, 1.0}, at::kDouble).view({2, 1});
  const auto halfway = at::full({1}, 0.5, at::kDouble);
  CHECK(identify(halfway, candidates, 0).rank == 2);
  CHECK(identify(halfway, candidates, 1).rank == 2);
  // Equal images cannot be told apart, even by an exact reconstruction. 37 values: sums of an odd
  // length, whose last part a vectorised sum treats differently.
  Stream stream(71);
  const auto image = stream.uniform({37}, 0.0, 1.0);
  const auto twins = at::stack({image, stream.uniform({37}, 0.0, 1.0), image});
  CHECK(identify(image, twins, 0).rank == 2);
  CHECK(identify(image, twins, 2).rank == 2);
  CHECK(identify(stream.uniform({37}, 0.0, 1.0), at::stack({image, image, image}), 1).rank == 3);
}

TEST_CASE("a blank reconstruction identifies nobody among equally distant images", "[metrics]") {
  const auto candidates = at::eye(10, at::kDouble);
  for (std::int64_t i = 0; i < 10; ++i) {
    CHECK(identify(at::zeros({10}), candidates, i).rank == 10);
  }
}

TEST_CASE("unrelated noise is identified as often as chance says", "[metrics]") {
  // 4,000 draws among 10: the count of rank 1 is Binomial(4000, 0.1), standard deviation 19; the
  // bounds are 5 of them, so that a correct rank fails once in 1.7 million streams.
  Stream stream(73);
  int identified = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto candidates = stream.uniform({10, 4}, 0.0, 1.0);
    const auto result = identify(stream.uniform({4}, 0.0, 1.0), candidates, i % 10);
    REQUIRE(result.rank >= 1);
    REQUIRE(result.rank <= result.candidates);
    if (result.identified()) ++identified;
  }
  CHECK(std::abs(identified - 400) < 95);
}

TEST_CASE("an exact reconstruction is identified among distinct images", "[metrics]") {
  Stream stream(79);
  const auto candidates = stream.uniform({64, 3, 8, 8}, 0.0, 1.0);
  for (std::int64_t i = 0; i < 64; ++i)
    CHECK(identify(candidates[i], candidates, i).rank == 1);
  CHECK(identify(candidates[0], candidates.slice(0, 0, 1), 0).rank == 1);
}

TEST_CASE("identification refuses what is not among the candidates", "[metrics]") {
  const auto candidates = at::zeros({3, 2});
  CHECK_THROWS_AS(identify(at::zeros({2}), candidates, 3), std::invalid_argument);
  CHECK_THROWS_AS(identify(at::zeros({2}), candidates, -1), std::invalid_argument);
  CHECK_THROWS_AS(identify(at::zeros({2}), at::zeros({0, 2}), 0), std::invalid_argument);
  CHECK_THROWS_AS(identify(at::zeros({3}), candidates, 0), std::invalid_argument);
  CHECK_THROWS_AS(identify(at::zeros({3, 2}), candidates, 0), std::invalid_argument);
  CHECK_THROWS_AS(identify(at::full({2}, NAN), candidates, 0), std::invalid_argument);
  CHECK_THROWS_AS(identify(at::zeros({2}), at::full({3, 2}, NAN), 0), std::invalid_argument);
  CHECK_THROWS_AS(identify(at::zeros({}), at::zeros({}), 0), std::invalid_argument);
}

}  // namespace
}  // namespace assay::metrics
