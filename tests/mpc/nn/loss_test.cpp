#include "mpc/nn/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/binary_cross_entropy.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/operations.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

// Losses and their gradients against core's, in float64.

namespace assay::mpc::nn {
namespace {

constexpr double kUlp = 0x1p-16;

struct Case {
  Loss loss;
  std::int64_t outputs;
  double largest;          ///< magnitude of the logits
  double value, gradient;  ///< bounds on the absolute errors, of the mean and of the sum
};

// log_softmax of K entries adds up K exponentials, each two units off.
const std::vector<Case> kCases = {{Loss::cross_entropy, 2, 4.0, 0x1p-13, 0x1p-13},
                                  {Loss::cross_entropy, 10, 20.0, 0x1p-12, 0x1p-13},
                                  {Loss::bce_with_logits, 1, 4.0, 0x1p-13, 0x1p-14},
                                  {Loss::bce_with_logits, 1, 30.0, 0x1p-12, 0x1p-14},
                                  {Loss::mse, 1, 4.0, 2 * kUlp, 0.0},
                                  {Loss::mse, 5, 4.0, 2 * kUlp, 0.0}};

double error(const at::Tensor& a, const at::Tensor& b) {
  REQUIRE(a.sizes() == b.sizes());
  return (a - b).abs().max().item<double>();
}

/// The first party's result.
at::Tensor result(Rank parties, const std::function<at::Tensor(Protocol&)>& program) {
  return parties == 1 ? run_plain(program) : run_additive(parties, program).results.front();
}

}  // namespace

TEST_CASE("losses and their gradients agree with core", "[mpc]") {
  std::uint64_t seed = 0;
  for (const auto& c : kCases) {
    for (const std::int64_t batch : {1, 7, 32}) {
      const auto x = on_grid({batch, c.outputs}, c.largest, ++seed);
      const auto labels =
          at::arange(batch, at::kLong).remainder(std::max<std::int64_t>(c.outputs, 2));
      // mse's one output has one class.
      const auto core_labels = c.loss == Loss::mse && c.outputs == 1 ? labels * 0 : labels;
      const auto targets = c.loss == Loss::mse && c.outputs == 1 ? at::ones({batch, 1}, at::kDouble)
                                                                 : targets_of(labels, c.outputs);
      const auto exact = per_example_loss(c.loss, x, core_labels).mean();
      at::Tensor gradient = x - targets;
      if (c.loss == Loss::cross_entropy) gradient = x.softmax(1) - targets;
      if (c.loss == Loss::bce_with_logits) gradient = x.sigmoid() - targets;
      for (const Rank parties : {1, 2, 3}) {
        CAPTURE(static_cast<int>(c.loss), c.outputs, c.largest, batch, parties);
        const auto value = result(parties, [&](Protocol& p) {
          return reveal_real(
              p, loss_value(p, c.loss, input_real(p, 0, x), input_real(p, 0, targets)), "loss");
        });
        CHECK(error(value, exact) <= c.value);
        const auto sum = result(parties, [&](Protocol& p) {
          const auto found =
              loss_gradient(p, c.loss, input_real(p, 0, x), input_real(p, 0, targets));
          if (std::abs(found.scale * static_cast<double>(batch) -
                       (c.loss == Loss::mse ? 2.0 : 1.0)) > 1e-12)
            throw std::logic_error("another scale");
          return reveal_real(p, found.sum, "gradient");
        });
        CHECK(error(sum, gradient) <= c.gradient);
      }
    }
  }
}

TEST_CASE("a loss as part of a graph agrees with autograd", "[mpc]") {
  std::uint64_t seed = 100;
  for (const auto& c : kCases) {
    constexpr int batch = 6;
    const auto labels = at::arange(batch, at::kLong).remainder(c.loss == Loss::mse ? 1 : 2);
    const auto targets = c.outputs == 1 && c.loss == Loss::mse ? at::ones({batch, 1}, at::kDouble)
                                                               : targets_of(labels, c.outputs);
    const Differentiable function{[&](Protocol& p, const std::vector<Variable>& x) {
                                    return loss(p, c.loss, x[0], input_real(p, 0, targets));
                                  },
                                  [&](const std::vector<at::Tensor>& x) {
                                    return per_example_loss(c.loss, x[0], labels).mean();
                                  }};
    for (const Rank parties : {1, 2, 3}) {
      CAPTURE(static_cast<int>(c.loss), c.outputs, c.largest, parties);
      const auto found =
          distance(parties, function, {on_grid({batch, c.outputs}, c.largest, ++seed)},
                   at::full({}, 0.75, at::kDouble));
      CHECK(found.value * kUlp <= c.value);
      CHECK(found.gradient * kUlp <= kUlp + c.gradient / batch + 0x1p-14 * 2 * c.largest / batch);
    }
  }
}

TEST_CASE("the absolute error is exact in its gradient, and 0 at 0", "[mpc]") {
  const auto x = on_grid({9, 3}, 8.0, 1), targets = on_grid({9, 3}, 8.0, 2);
  x.select(0, 2).copy_(targets.select(0, 2));
  for (const Rank parties : {1, 2, 3}) {
    CAPTURE(parties);
    const auto sum = result(parties, [&](Protocol& p) {
      return reveal_real(p, l1_gradient(p, input_real(p, 0, x), input_real(p, 0, targets)).sum,
                         "gradient");
    });
    CHECK(sum.equal((x - targets).sign()));
    const auto value = result(parties, [&](Protocol& p) {
      return reveal_real(p, l1_value(p, input_real(p, 0, x), input_real(p, 0, targets)), "loss");
    });
    CHECK(error(value, (x - targets).abs().sum(1).mean()) <= 2 * kUlp);
  }
}

TEST_CASE("the absolute error and the cross entropy of probabilities agree with autograd",
          "[mpc]") {
  const auto t = at::tensor({1.0, 0.0, 1.0, 0.0, 1.0, 0.25}, at::kDouble).reshape({6, 1});
  const auto x = on_grid({6, 3}, 4.0, 5), y = on_grid({6, 3}, 4.0, 6);
  // Probabilities between 0.05 and 0.95.
  const auto q = on_grid({6, 1}, 0.45, 8);
  const Differentiable l1{
      [&](Protocol& p, const std::vector<Variable>& v) {
        return l1_loss(p, v[0], input_real(p, 0, y));
      },
      [&](const std::vector<at::Tensor>& v) { return (v[0] - y).abs().sum(1).mean(); }};
  const Differentiable bce{
      [&](Protocol& p, const std::vector<Variable>& v) {
        return bce_loss(p, add(p, v[0], 0.5), input_real(p, 0, t));
      },
      [&](const std::vector<at::Tensor>& v) { return at::binary_cross_entropy(v[0] + 0.5, t); }};
  for (const Rank parties : {1, 2, 3}) {
    CAPTURE(parties);
    const auto seed = at::full({}, 0.75, at::kDouble);
    const auto a = distance(parties, l1, {x}, seed), b = distance(parties, bce, {q}, seed);
    CHECK(a.value <= 2);
    CHECK(a.gradient <= 2);
    CHECK(b.value <= 8);
    CHECK(b.gradient <= 8);
  }
}

TEST_CASE("a certainty that is wrong costs as much as its floor, and no infinity", "[mpc]") {
  const auto value = result(2, [](Protocol& p) {
    const Variable sure(input_real(p, 0, at::tensor({1.0, 0.0}, at::kDouble).reshape({2, 1})));
    const auto targets = input_real(p, 1, at::tensor({0.0, 0.0}, at::kDouble).reshape({2, 1}));
    return reveal_real(p, bce_loss(p, sure, targets).value(), "loss");
  });
  CHECK(value.item<double>() == Approx(0.5 * 12 * std::log(2.0)).margin(1e-3));
}

TEST_CASE("labels that stay secret become targets", "[mpc]") {
  const auto labels = at::tensor({0, 4, 2, 2, 1}, at::kLong);
  for (const Rank parties : {1, 2, 3}) {
    const auto targets = result(parties, [&](Protocol& p) {
      return reveal_real(p, targets_of(p, p.input(0, labels, 0), 5), "targets");
    });
    CHECK(targets.equal(targets_of(labels, 5)));
  }
}

}  // namespace assay::mpc::nn
