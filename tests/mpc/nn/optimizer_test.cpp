#include "mpc/nn/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "core/training/optimizer.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/nn/rescaling.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

// Steps on given gradients against core's optimisers in float64.

namespace assay::mpc::nn {
namespace {

constexpr double kUlp = 0x1p-16;

/// The largest distance of a parameter after `steps` steps. The gradient given is a sum over a
/// batch, whose size changes from step to step.
double distance_after(Rank parties, const OptimizerOptions& options, double largest, int steps) {
  const std::vector<std::vector<std::int64_t>> shapes = {{3, 4}, {5}, {2, 1, 2, 2}};
  Parameters exact;
  std::vector<Parameters> sums(static_cast<std::size_t>(steps));
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    exact.push_back(on_grid(shapes[i], 2.0, 70 + i));
    for (std::size_t k = 0; k < sums.size(); ++k) {
      // Of one sign mostly, so that averages do not cancel.
      sums[k].push_back(on_grid(shapes[i], largest, 10 * k + i) +
                        on_grid(shapes[i], largest, 500 + i));
    }
  }
  const auto start = exact;
  const auto scale = [](std::size_t k) { return k % 3 == 2 ? 1.0 / 20 : 1.0 / 32; };
  const auto reference = assay::make_optimizer(options);
  for (std::size_t k = 0; k < sums.size(); ++k) {
    Parameters mean;
    for (const auto& sum : sums[k])
      mean.push_back(sum * scale(k));
    reference->step(exact, mean);
  }
  const auto program = [&](Protocol& p) {
    std::vector<Variable> parameters;
    for (const auto& each : start)
      parameters.emplace_back(input_real(p, 0, each));
    const auto optimizer = make_secret_optimizer(options);
    for (std::size_t k = 0; k < sums.size(); ++k) {
      std::vector<Secret> gradients;
      for (const auto& sum : sums[k])
        gradients.push_back(input_real(p, 0, sum));
      optimizer->step(p, parameters, gradients, scale(k));
    }
    std::vector<Secret> values;
    for (const auto& parameter : parameters)
      values.push_back(parameter.value());
    return reveal_real(p, join(values), "parameters");
  };
  std::vector<at::Tensor> flat;
  for (const auto& each : exact)
    flat.push_back(each.reshape({-1}));
  const auto found =
      parties == 1 ? run_plain(program) : run_additive(parties, program).results.front();
  return (found - at::cat(flat)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("SGD follows core's rule to a unit in the last place a step", "[mpc]") {
  const std::vector<OptimizerOptions> all = {
      {.lr = 0.1},
      {.lr = 0.5, .weight_decay = 1e-3},
      {.lr = 0.1, .momentum = 0.9},
      {.lr = 0.05, .momentum = 0.9, .weight_decay = 5e-4},
      {.lr = 0.05, .momentum = 0.9, .nesterov = true},
      {.lr = 0.05, .momentum = 0.8, .nesterov = true, .weight_decay = 1e-2}};
  for (const auto& options : all) {
    for (const Rank parties : {1, 2, 3}) {
      CAPTURE(options.lr, options.momentum, options.nesterov, options.weight_decay, parties);
      CHECK(distance_after(parties, options, 4.0, 1) <= 1.1 * kUlp);
      CHECK(distance_after(parties, options, 4.0, 12) <= 13 * kUlp);
    }
  }
}

// At 16 bits the factor 1e-5 / 32 itself would be 0.
TEST_CASE("small learning rates do not vanish", "[mpc]") {
  for (const Rank parties : {1, 2, 3}) {
    CHECK(distance_after(parties, {.lr = 1e-5}, 5000.0, 1) <= 1.1 * kUlp);
    CHECK(distance_after(parties, {.lr = 1e-5, .momentum = 0.9}, 5000.0, 8) <= 9 * kUlp);
  }
}

TEST_CASE("Adam follows core's rule for gradients of all sizes", "[mpc]") {
  const double largest_change = 0.01;
  for (const double largest : {0.25, 4.0, 200.0, 1000.0}) {
    for (const Rank parties : {1, 2, 3}) {
      for (const double decay : {0.0, 1e-2}) {
        CAPTURE(largest, parties, decay);
        const OptimizerOptions options{
            .kind = OptimizerKind::adam, .lr = largest_change, .weight_decay = decay};
        CHECK(distance_after(parties, options, largest, 12) <=
              12 * (largest_change * (0x1p-9 + largest * 0x1p-16) + kUlp));
      }
    }
  }
}

// Roots below 2^-10 count as that: parameters move by less than the rule says, never by more.
TEST_CASE("Adam takes shorter steps for gradients that are too small", "[mpc]") {
  const int steps = 12;
  const double lr = 0.01;
  for (const Rank parties : {1, 2, 3}) {
    const OptimizerOptions options{.kind = OptimizerKind::adam, .lr = lr};
    CHECK(distance_after(parties, options, 0.001, steps) <= steps * (lr + kUlp));
  }
}

TEST_CASE("an optimiser rejects gradients that do not fit", "[mpc]") {
  run_plain([](Protocol& p) {
    const auto zeros = [&](at::IntArrayRef sizes) {
      return p.constant(at::zeros(sizes, at::kLong), 16);
    };
    const auto sgd = make_secret_optimizer({});
    CHECK_THROWS_AS(sgd->step(p, {Variable(zeros({2}))}, {zeros({3})}), std::invalid_argument);
    CHECK_THROWS_AS(sgd->step(p, {Variable(zeros({2}))}, {}), std::invalid_argument);
    CHECK_THROWS_AS(sgd->step(p, {Variable(zeros({2}))}, {zeros({2})}, 0.0), std::invalid_argument);
    CHECK_THROWS_AS(make_secret_optimizer({.lr = -1.0}), std::invalid_argument);
    return at::Tensor();
  });
}

}  // namespace assay::mpc::nn
