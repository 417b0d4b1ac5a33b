#include "mpc/nn/rescaling.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "mpc/functions/arithmetic.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

namespace assay::mpc::nn {
namespace {

constexpr double kUlp = 0x1p-16;

double error(Rank parties, const std::function<Secret(Protocol&)>& program,
             const at::Tensor& exact) {
  const auto revealed = [&](Protocol& p) { return reveal_real(p, program(p), "result"); };
  const auto found =
      parties == 1 ? run_plain(revealed) : run_additive(parties, revealed).results.front();
  REQUIRE(found.sizes() == exact.sizes());
  return (found - exact).abs().max().item<double>();
}

}  // namespace

TEST_CASE("factors of all sizes keep their precision", "[mpc]") {
  const auto x = on_grid({50}, 0x1p21, 1), small = on_grid({50}, 100.0, 2);
  for (const Rank parties : {1, 2, 3}) {
    for (const double factor : {0.3, -1.0 / 3, 1e-3, 7e-6, -1e-9, 1e-14}) {
      CAPTURE(parties, factor * 1e14);
      const auto scaled = [&](Protocol& p) { return scale_finely(p, input_real(p, 0, x), factor); };
      CHECK(error(parties, scaled, x * factor) <= kUlp + std::abs(factor) * 0x1p21 * 0x1p-24);
      const auto product = [&](Protocol& p) {
        return scale_finely(p, p.square(input_real(p, 0, small)), factor);
      };
      CHECK(error(parties, product, small.square() * factor) <=
            kUlp + std::abs(factor) * 10'000 * 0x1p-14);
    }
    // Whole numbers and powers of two have no error of their own.
    for (const double factor : {0.0, 1.0, -2.0, 3.0}) {
      const auto scaled = [&](Protocol& p) {
        return scale_finely(p, input_real(p, 0, small), factor);
      };
      CHECK(error(parties, scaled, small * factor) == 0.0);
    }
    const auto quarter = [&](Protocol& p) { return scale_finely(p, input_real(p, 0, x), 0.25); };
    CHECK(error(parties, quarter, x * 0.25) < kUlp);
    const auto sum = [&](Protocol& p) {
      const auto a = input_real(p, 0, x), b = input_real(p, 1 % p.parties(), small);
      return weighted_sum(p, {{0.125, a}, {-0.7, b}});
    };
    CHECK(error(parties, sum, x * 0.125 - small * 0.7) <= kUlp + 100 * 0x1p-24);
  }
}

TEST_CASE("products of several shapes are truncated in one round", "[mpc]") {
  const auto x = on_grid({3, 4}, 5.0, 3), y = on_grid({2}, 5.0, 4);
  const auto program = [&](Protocol& p) {
    const auto both =
        rescale_together(p, {p.square(input_real(p, 0, x)), p.square(input_real(p, 0, y))});
    if (both[0].sizes() != x.sizes() || both[1].sizes() != y.sizes())
      throw std::logic_error("another shape");
    return join(both);
  };
  const auto exact = at::cat({x.square().reshape({-1}), y.square()});
  for (const Rank parties : {1, 2, 3})
    CHECK(error(parties, program, exact) <= kUlp);
  const auto cost = run_additive(3, [&](Protocol& p) {
                      program(p);
                      return at::Tensor();
                    }).cost;
  CHECK(cost.rounds == 1 + 1);  // the inputs wait for nothing
}

TEST_CASE("factors that are not finite are rejected", "[mpc]") {
  run_plain([](Protocol& p) {
    const auto x = p.constant(at::zeros({2}, at::kLong), 16);
    CHECK_THROWS_AS(scale_finely(p, x, std::nan("")), std::invalid_argument);
    CHECK_THROWS_AS(scale_finely(p, x, INFINITY), std::invalid_argument);
    return at::Tensor();
  });
}

}  // namespace assay::mpc::nn
