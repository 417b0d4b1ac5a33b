#include "core/metrics/psnr.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "tests/catch.h"
#include "tests/core/metrics/pattern.h"

namespace assay::metrics {
namespace {

TEST_CASE("PSNR agrees with scikit-image", "[metrics]") {
  // scikit-image 0.26: peak_signal_noise_ratio(data_range=1), printed by pinned_values.py.
  CHECK(psnr_db(degraded(1, 28, 28), pattern(1, 28, 28, 1)) ==
        Approx(17.6851164891).epsilon(1e-10));
  CHECK(psnr_db(degraded(3, 32, 32), pattern(3, 32, 32, 1)) ==
        Approx(17.7337089888).epsilon(1e-10));
  CHECK(psnr_db(degraded(3, 11, 19), pattern(3, 11, 19, 1)) ==
        Approx(17.8127262796).epsilon(1e-10));
}

TEST_CASE("an exact image is worth 100 dB, so that one of a batch decides no mean", "[metrics]") {
  const auto image = pattern(3, 8, 8, 1);
  CHECK(psnr_db(image, image) == 100.0);
  // The cap holds just above it too: an error of 1e-6 everywhere is 120 dB.
  CHECK(psnr_db(at::full({4}, 0.5), at::full({4}, 0.500001)) == 100.0);
  CHECK(psnr_db(at::full({4}, 0.5, at::kDouble), at::full({4}, 0.5001, at::kDouble)) ==
        Approx(80.0).epsilon(1e-9));
  CHECK(psnr_db(at::zeros({4}), at::ones({4})) == 0.0);
}

TEST_CASE("PSNR refuses images it has no scale for", "[metrics]") {
  const auto good = at::full({2}, 0.5, at::kDouble);
  for (const double bad : {double{NAN}, double{INFINITY}, 1.001, -0.001, 255.0}) {
    const auto broken = at::tensor({0.5, bad}, at::kDouble);
    CHECK_THROWS_AS(psnr_db(broken, good), std::invalid_argument);
    CHECK_THROWS_AS(psnr_db(good, broken), std::invalid_argument);
  }
  CHECK_THROWS_WITH(psnr_db(at::tensor({0.5, 255.0}, at::kDouble), good),
                    "expected the image clamped to [0, 1], got values from 0.5 to 255");
  CHECK_THROWS_AS(psnr_db(at::zeros({2, 2}), at::zeros({4})), std::invalid_argument);
  CHECK_THROWS_AS(psnr_db(at::zeros({0}), at::zeros({0})), std::invalid_argument);
}

}  // namespace
}  // namespace assay::metrics
