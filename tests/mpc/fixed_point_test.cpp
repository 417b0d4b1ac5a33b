#include "mpc/fixed_point.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/randint.h>

#include <limits>

#include "tests/catch.h"

namespace assay::mpc {

TEST_CASE("real numbers are rounded to the nearest multiple of 2^-f, and come back", "[mpc]") {
  CHECK(encode(1.5, 16) == 98304);
  CHECK(encode(-1.5, 16) == -98304);
  CHECK(encode(0.6 / 65536, 16) == 1);
  CHECK(encode(-0.6 / 65536, 16) == -1);
  const auto values = at::linspace(-1000.0, 1000.0, 4001, at::kDouble);
  for (const int f : {0, 8, 16, 20, 30}) {
    const auto error = (decode(encode(values, f), f) - values).abs().max().item<double>();
    CHECK(error <= std::ldexp(0.5, -f));
  }
}

// Dividing negative numbers by scale - 1 brings some of them back one too low.
TEST_CASE("negative numbers decode as exactly as positive ones", "[mpc]") {
  const auto ring =
      at::randint(-(std::int64_t{1} << 52), std::int64_t{1} << 52, {100'000}, at::kLong);
  const auto back = decode(ring, 16) * 65536.0;
  CHECK(at::equal(back.to(at::kLong), ring));
}

TEST_CASE("what does not fit the ring is refused", "[mpc]") {
  CHECK_THROWS_AS(encode(std::numeric_limits<double>::quiet_NaN(), 16), std::invalid_argument);
  CHECK_THROWS_AS(encode(std::numeric_limits<double>::infinity(), 16), std::invalid_argument);
  CHECK_THROWS_AS(encode(std::ldexp(1.0, 46), 16), std::invalid_argument);
  CHECK_NOTHROW(encode(std::ldexp(1.0, 46) - 1, 16));
  CHECK_THROWS_AS(encode(1.0, 31), std::invalid_argument);
  CHECK_THROWS_AS(encode(1.0, -1), std::invalid_argument);
}

}  // namespace assay::mpc
