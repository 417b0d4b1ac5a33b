#include "core/metrics/mse.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/core/metrics/pattern.h"

namespace assay::metrics {
namespace {

TEST_CASE("mse agrees with scikit-image", "[metrics]") {
  // scikit-image 0.26: mean_squared_error, printed by pinned_values.py.
  CHECK(mse(pattern(1, 28, 28, 1), degraded(1, 28, 28)) == Approx(0.01704073611).epsilon(1e-10));
  CHECK(mse(pattern(3, 32, 32, 1), degraded(3, 32, 32)) == Approx(0.0168511327973).epsilon(1e-10));
}

TEST_CASE("mse of any type and layout", "[metrics]") {
  const auto a = pattern(3, 8, 8, 1), b = pattern(3, 8, 8, 2);
  CHECK(mse(a, a) == 0.0);
  CHECK(mse(a, b) == mse(b, a));
  CHECK(mse(a.transpose(1, 2), b.transpose(1, 2)) == Approx(mse(a, b)).epsilon(1e-14));
  CHECK(mse(a.to(at::kFloat), b.to(at::kFloat)) == Approx(mse(a, b)).epsilon(1e-6));
  CHECK(mse(at::tensor({1, 2}), at::tensor({1, 4})) == 2.0);
  // Bytes are compared as numbers: 0 - 255 does not wrap.
  CHECK(mse(at::zeros({2}, at::kByte), at::full({2}, 255, at::kByte)) == 65025.0);
  CHECK(mse(at::scalar_tensor(3.0), at::scalar_tensor(1.0)) == 4.0);
  CHECK(mse(at::ones({2}, at::TensorOptions().dtype(at::kFloat).requires_grad(true)),
            at::zeros({2})) == 1.0);
}

TEST_CASE("mse compares one shape with the same shape, never by broadcasting", "[metrics]") {
  const auto image = at::zeros({3, 4, 4}), batch = at::zeros({2, 3, 4, 4});
  CHECK_THROWS_AS(mse(image, batch), std::invalid_argument);
  CHECK_THROWS_AS(mse(at::zeros({1}), at::zeros({4})), std::invalid_argument);
  CHECK_THROWS_AS(mse(at::zeros({4}), at::zeros({2, 2})), std::invalid_argument);
  CHECK_THROWS_WITH(mse(at::zeros({4}), at::zeros({2, 2})),
                    "expected one shape, got [4] and [2, 2]");
}

TEST_CASE("mse refuses what has no error", "[metrics]") {
  const auto good = at::zeros({2});
  for (const double bad : {double{NAN}, double{INFINITY}, -double{INFINITY}}) {
    const auto broken = at::tensor({0.0, bad});
    CHECK_THROWS_AS(mse(broken, good), std::invalid_argument);
    CHECK_THROWS_AS(mse(good, broken), std::invalid_argument);
  }
  CHECK_THROWS_AS(mse(at::zeros({0}), at::zeros({0})), std::invalid_argument);
  CHECK_THROWS_AS(mse(at::Tensor(), good), std::invalid_argument);
  CHECK_THROWS_AS(mse(at::zeros({2}, at::kComplexFloat), good), std::invalid_argument);
}

}  // namespace
}  // namespace assay::metrics
