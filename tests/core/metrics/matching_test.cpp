#include "core/metrics/matching.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "core/metrics/mse.h"
#include "core/metrics/psnr.h"
#include "core/random/stream.h"
#include "tests/catch.h"

namespace assay::metrics {
namespace {

using Indices = std::vector<std::int64_t>;

at::Tensor take(const at::Tensor& batch, const Indices& order) {
  return batch.index_select(0, at::tensor(order));
}

TEST_CASE("a perfect batch in any order scores perfectly", "[metrics]") {
  // The inverse of the wanted permutation passes for batches of 2, and of most orders of 4 it does
  // not.
  Stream stream(53);
  for (const std::int64_t n : {1, 2, 4, 8, 16}) {
    const auto originals = stream.uniform({n, 3, 6, 6}, 0.0, 1.0);
    for (int i = 0; i < 20; ++i) {
      const auto order = stream.permutation(n);
      const auto reconstructions = take(originals, order);
      const auto match = match_to_originals(reconstructions, originals);
      REQUIRE(at::equal(take(reconstructions, match), originals));
      for (std::int64_t j = 0; j < n; ++j) {
        REQUIRE(order[match[j]] == j);
        REQUIRE(psnr_db(reconstructions[match[j]], originals[j]) == 100.0);
      }
    }
  }
}

TEST_CASE("exact pairs never lose to near ones", "[metrics]") {
  // Originals so alike that every wrong pair is nearly as good: an exact pair, cost 0, must still
  // win.
  Stream stream(59);
  const auto base = stream.uniform({1, 3, 6, 6}, 0.2, 0.8);
  const auto originals = base + stream.uniform({8, 3, 6, 6}, -1e-4, 1e-4);
  const auto order = stream.permutation(8);
  const auto match = match_to_originals(take(originals, order), originals);
  for (std::size_t j = 0; j < 8; ++j)
    CHECK(order[match[j]] == static_cast<std::int64_t>(j));

  // Among failed reconstructions too. Squared errors would trade the exact pair for a smaller sum:
  // 0 + 0.305 against 0.04 + 0.125.
  const auto two = at::tensor({0.5, 0.5, 0.3, 0.3}, at::kDouble).view({2, 2});
  const auto one_failed = at::tensor({0.5, 0.5, 0.9, 0.8}, at::kDouble).view({2, 2});
  CHECK((match_to_originals(one_failed, two) == Indices{0, 1}));
  for (int i = 0; i < 200; ++i) {
    const auto truth = stream.uniform({8, 12}, 0.0, 1.0);
    auto mixed = stream.uniform({8, 12}, -0.5, 1.5);
    const auto exact = stream.below(8), place = stream.below(8);
    mixed[place] = truth[exact];
    REQUIRE(match_to_originals(mixed, truth)[exact] == place);
  }
}

TEST_CASE("no reconstruction serves two originals", "[metrics]") {
  // Reconstruction 0 is nearest to both originals; taking the best for each would use it twice.
  const auto originals = at::tensor({0.5, 0.6}, at::kDouble).view({2, 1});
  const auto reconstructions = at::tensor({0.55, 0.0}, at::kDouble).view({2, 1});
  const auto match = match_to_originals(reconstructions, originals);
  CHECK((match == Indices{1, 0}));  // 0.5 + 0.05 against 0.05 + 0.6
}

TEST_CASE("fewer reconstructions than originals, and more", "[metrics]") {
  Stream stream(61);
  const auto originals = stream.uniform({8, 3, 6, 6}, 0.0, 1.0);
  const auto some = take(originals, {6, 1, 3});
  CHECK((match_to_originals(some, originals) == Indices{-1, 1, -1, 2, -1, -1, 0, -1}));

  const auto order = stream.permutation(12);
  const auto extra = at::cat({originals, stream.uniform({4, 3, 6, 6}, 0.0, 1.0)});
  const auto match = match_to_originals(take(extra, order), originals);
  for (std::size_t j = 0; j < 8; ++j)
    CHECK(order[match[j]] == static_cast<std::int64_t>(j));

  CHECK((match_to_originals(at::zeros({0, 3, 6, 6}), originals) == Indices(8, -1)));
  CHECK(match_to_originals(originals, at::zeros({0, 3, 6, 6})).empty());
}

TEST_CASE("images are compared as they would be shown", "[metrics]") {
  // Far outside [0, 1] is white, whatever the distance: without clamping 0 would be chosen for
  // white.
  const auto originals = at::tensor({1.0, 0.3}, at::kDouble).view({2, 1});
  const auto reconstructions = at::tensor({0.3, 50.0}, at::kDouble).view({2, 1});
  CHECK((match_to_originals(reconstructions, originals) == Indices{1, 0}));
  const auto overshot = at::tensor({0.4, 9.0}, at::kDouble).view({2, 1});
  const auto bright = at::tensor({0.9, 1.0}, at::kDouble).view({2, 1});
  CHECK((match_to_originals(overshot, bright) == Indices{0, 1}));
}

TEST_CASE("matching minimises the sum of the distances", "[metrics]") {
  Stream stream(67);
  const auto originals = stream.uniform({5, 4}, 0.0, 1.0);
  const auto reconstructions = stream.uniform({5, 4}, 0.0, 1.0);
  auto distance = [&](const Indices& order) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < 5; ++i) {
      sum += std::sqrt(mse(reconstructions[order[i]], originals[i]));
    }
    return sum;
  };
  const double got = distance(match_to_originals(reconstructions, originals));
  Indices order = {0, 1, 2, 3, 4};
  do {
    CHECK(got <= distance(order) + 1e-12);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("matching refuses batches that cannot be compared", "[metrics]") {
  const auto batch = at::zeros({2, 3});
  auto diverged = at::zeros({2, 3});
  diverged[1][1] = NAN;
  CHECK_THROWS_AS(match_to_originals(diverged, batch), std::invalid_argument);
  CHECK_THROWS_AS(match_to_originals(batch, diverged), std::invalid_argument);
  CHECK_THROWS_AS(match_to_originals(at::zeros({2, 4}), batch), std::invalid_argument);
  CHECK_THROWS_AS(match_to_originals(at::zeros({2, 3, 1}), batch), std::invalid_argument);
  CHECK_THROWS_AS(match_to_originals(at::scalar_tensor(1.0), at::scalar_tensor(1.0)),
                  std::invalid_argument);
  CHECK_THROWS_AS(match_to_originals(at::zeros({2, 0}), at::zeros({2, 0})), std::invalid_argument);
}

}  // namespace
}  // namespace assay::metrics
