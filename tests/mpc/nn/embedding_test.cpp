#include "mpc/nn/embedding.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "core/random/derive.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/nn/dropout.h"
#include "mpc/nn/elementary.h"
#include "mpc/nn/normalization.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/shapes.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

namespace assay::mpc::nn {

TEST_CASE("embeddings give rows at secret places, and take their gradients", "[mpc]") {
  const auto index = at::tensor({3, 0, 6, 6, 2, 3}, at::kLong).reshape({2, 3});
  const Differentiable rows{
      [&](Protocol& p, const std::vector<Variable>& x) {
        return embedding(p, p.input(p.parties() - 1, index, 0), x[0]);
      },
      [&](const std::vector<at::Tensor>& x) { return at::embedding(x[0], index); }};
  for (const Rank parties : {1, 2, 3}) {
    const auto found =
        distance(parties, rows, {on_grid({7, 4}, 9.0, 1)}, on_grid({2, 3, 4}, 1.0, 2));
    CHECK(found.value == 0.0);
    CHECK(found.gradient == 0.0);
  }
}

// 20000 draws at rate 0.25: the share kept lies within 0.75 -+ 0.0184 (6 sigma) but for 2e-9.
TEST_CASE("dropout keeps its share, scaled up, alike at all parties", "[mpc]") {
  const auto key = derive_key("tests of dropout", {"1"});
  const auto program = [&](Protocol& p) {
    Csprng common(key, "dropout");
    const Variable x(p.constant(at::full({200, 100}, 3 << 16, at::kLong), 16));
    const auto y = dropout(p, x, 0.25, common);
    const auto seed = p.constant(at::full({200, 100}, 3 << 16, at::kLong), 16);
    const auto gradient = gradients(p, y, seed, {x}).front();
    return at::stack({p.reveal(y.value(), "y"), p.reveal(gradient, "gradient")});
  };
  const auto results = run_additive(3, program).results;
  for (const auto& result : results) {
    CHECK((result[0] - result[1]).abs().max().item<std::int64_t>() <= 1);
    CHECK(((result[0] - (4 << 16)).abs() <= 1).logical_or(result[0] == 0).all().item<bool>());
    CHECK((result[0] != 0).to(at::kDouble).mean().item<double>() == Approx(0.75).margin(0.0184));
    CHECK(result.equal(results.front()));
  }
}

TEST_CASE("dropout of channels drops all of a channel, and rates have a range", "[mpc]") {
  run_plain([](Protocol& p) {
    Csprng common(derive_key("tests of dropout", {"2"}), "dropout");
    const Variable x(p.constant(at::full({4, 8, 3, 3}, 1 << 16, at::kLong), 16));
    const auto kept = dropout(p, x, 0.5, common, true).value().parts[0].ne(0).flatten(2);
    CHECK(kept.all(2).equal(kept.any(2)));
    CHECK(kept.any().item<bool>());
    CHECK_FALSE(kept.all().item<bool>());
    CHECK_THROWS_AS(dropout(p, x, 1.0, common), std::invalid_argument);
    CHECK_THROWS_AS(dropout(p, x, -0.1, common), std::invalid_argument);
    return at::Tensor();
  });
}

TEST_CASE("running statistics follow those of batches, as LibTorch's do", "[mpc]") {
  const auto x = on_grid({5, 3, 4}, 2.0, 3);
  auto mean = at::zeros({3}, at::kDouble), variance = at::ones({3}, at::kDouble);
  at::batch_norm(x, {}, {}, mean, variance, true, 0.1, 1e-5, false);
  const auto program = [&](Protocol& p) {
    const auto one = Variable(input_real(p, 0, at::ones({3}, at::kDouble)));
    const auto zero = Variable(input_real(p, 0, at::zeros({3}, at::kDouble)));
    const auto found = batch_norm(p, Variable(input_real(p, 0, x)), one, zero);
    return at::stack(
        {reveal_real(p, running_statistic(p, zero.value(), found.mean), "mean"),
         reveal_real(p, running_statistic(p, one.value(), found.variance), "variance")});
  };
  for (const Rank parties : {2, 3}) {
    const auto kept = run_additive(parties, program).results.front();
    CHECK((kept - at::stack({mean, variance})).abs().max().item<double>() <= 3 * 0x1p-16);
  }
}

// What an in-place update is on secrets: a part of a tensor gets new values, and gradients of what
// was computed before and after both flow to what they were computed from.
TEST_CASE("replacing a slice keeps the gradients of both versions", "[mpc]") {
  const Differentiable function{[](Protocol& p, const std::vector<Variable>& x) {
                                  const auto before = square(p, x[0]);
                                  const auto row = multiply(p, narrow(x[0], 0, 1, 1), x[1]);
                                  const auto updated =
                                      cat({narrow(x[0], 0, 0, 1), row, narrow(x[0], 0, 2, 1)}, 0);
                                  return add(before, multiply(p, updated, updated));
                                },
                                [](const std::vector<at::Tensor>& x) {
                                  const auto before = x[0].square();
                                  auto updated = x[0].clone();
                                  updated.select(0, 1).copy_(x[0].select(0, 1) * x[1].squeeze(0));
                                  return before + updated * updated;
                                }};
  for (const Rank parties : {1, 2, 3}) {
    const auto found =
        distance(parties, function, {on_grid({3, 4}, 2.0, 1), on_grid({1, 4}, 2.0, 2)},
                 on_grid({3, 4}, 1.0, 3));
    CHECK(found.value <= 8);
    CHECK(found.gradient <= 16);
  }
}

}  // namespace assay::mpc::nn
