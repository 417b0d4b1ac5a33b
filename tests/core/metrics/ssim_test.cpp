#include "core/metrics/ssim.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "core/random/stream.h"
#include "tests/catch.h"
#include "tests/core/metrics/pattern.h"

namespace assay::metrics {
namespace {

TEST_CASE("SSIM agrees with scikit-image", "[metrics]") {
  // scikit-image 0.26: structural_similarity(data_range=1, gaussian_weights=True, sigma=1.5,
  // use_sample_covariance=False). It pads by reflection and then drops a border of 5 pixels itself,
  // which leaves exactly the windows wholly inside; pinned_values.py.
  CHECK(ssim(degraded(1, 28, 28), pattern(1, 28, 28, 1)) == Approx(0.866896783128).epsilon(1e-10));
  CHECK(ssim(degraded(3, 32, 32), pattern(3, 32, 32, 1)) == Approx(0.865955853893).epsilon(1e-10));
  CHECK(ssim(degraded(3, 11, 19), pattern(3, 11, 19, 1)) == Approx(0.877890364768).epsilon(1e-10));
  const auto image = pattern(3, 32, 32, 1);
  CHECK(ssim(1.0 - image, image) == Approx(-0.971134094705).epsilon(1e-10));
}

TEST_CASE("SSIM of images below the window uses the largest odd one that fits", "[metrics]") {
  // scipy 1.17: the definition by convolve2d(mode="valid"), printed by pinned_values.py.
  CHECK(ssim(degraded(1, 8, 8), pattern(1, 8, 8, 1)) == Approx(0.865543627732).epsilon(1e-10));
  CHECK(ssim(degraded(3, 7, 40), pattern(3, 7, 40, 1)) == Approx(0.859475883237).epsilon(1e-10));
  CHECK(ssim(degraded(1, 2, 5), pattern(1, 2, 5, 1)) == Approx(0.921445568642).epsilon(1e-10));
  CHECK(ssim(degraded(1, 1, 1), pattern(1, 1, 1, 1)) == Approx(0.993370688919).epsilon(1e-10));
}

TEST_CASE("SSIM is 1 for the same image, symmetric, and averages over channels", "[metrics]") {
  for (const std::int64_t side : {1, 4, 11, 28}) {
    const auto image = pattern(3, side, side, 5);
    CHECK(ssim(image, image) == Approx(1.0).epsilon(1e-12));
  }
  const auto a = pattern(3, 16, 16, 1), b = pattern(3, 16, 16, 7);
  CHECK(ssim(a, b) == Approx(ssim(b, a)).epsilon(1e-12));
  CHECK(ssim(a, b) ==
        Approx((ssim(a[0], b[0]) + ssim(a[1], b[1]) + ssim(a[2], b[2])) / 3).epsilon(1e-12));
  // Unrelated noise has next to no structure in common.
  Stream stream(83);
  CHECK(std::abs(ssim(stream.uniform({3, 64, 64}, 0.0, 1.0),
                      stream.uniform({3, 64, 64}, 0.0, 1.0))) < 0.1);
  CHECK(ssim(a.transpose(1, 2), b.transpose(1, 2)) == Approx(ssim(a, b)).epsilon(1e-12));
  CHECK(ssim(a.to(at::kFloat), b.to(at::kFloat)) == Approx(ssim(a, b)).margin(1e-5));
  // A constant image has no structure: only the means are compared, (2 m n + C1) / (m^2 + n^2 +
  // C1).
  CHECK(ssim(at::full({16, 16}, 0.25), at::full({16, 16}, 0.75)) ==
        Approx((2 * 0.25 * 0.75 + 1e-4) / (0.0625 + 0.5625 + 1e-4)).epsilon(1e-9));
}

TEST_CASE("SSIM refuses what it cannot compare", "[metrics]") {
  const auto good = at::full({12, 12}, 0.5, at::kDouble);
  for (const double bad : {double{NAN}, double{INFINITY}, 1.001, -0.001}) {
    auto broken = good.clone();
    broken[3][4] = bad;
    CHECK_THROWS_AS(ssim(broken, good), std::invalid_argument);
    CHECK_THROWS_AS(ssim(good, broken), std::invalid_argument);
  }
  CHECK_THROWS_AS(ssim(at::zeros({144}), at::zeros({144})), std::invalid_argument);
  CHECK_THROWS_AS(ssim(at::zeros({2, 3, 12, 12}), at::zeros({2, 3, 12, 12})),
                  std::invalid_argument);
  CHECK_THROWS_AS(ssim(at::zeros({3, 12, 12}), at::zeros({1, 12, 12})), std::invalid_argument);
  CHECK_THROWS_AS(ssim(at::zeros({3, 0, 12}), at::zeros({3, 0, 12})), std::invalid_argument);
}

}  // namespace
}  // namespace assay::metrics
