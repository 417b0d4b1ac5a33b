#include "core/models/zoo.h"
#include "core/training/batches.h"
#include "core/training/evaluate.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "tests/catch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>

namespace assay {
namespace {

at::Tensor after_five_steps(const OptimizerOptions& options) {
  Parameters w = {at::tensor({1.0f, -2.0f, 0.5f})};
  const auto c = at::tensor({1.0f, 2.0f, 3.0f});
  const auto optimizer = make_optimizer(options);
  for (int k = 0; k < 5; ++k)
    optimizer->step(w, {2 * c * (w[0] * c - 1)});
  return w[0];
}

TEST_CASE("optimisers follow their PyTorch namesakes") {
  // torch 2.13: five steps on sum((c w - 1)^2), c = (1, 2, 3), w0 = (1, -2, 0.5)
  auto close = [](const at::Tensor& got, std::vector<float> expected) {
    return at::allclose(got, at::tensor(expected), 1e-5, 1e-6);
  };
  using enum OptimizerKind;
  CHECK(close(after_five_steps({.kind = sgd, .lr = 0.01}), {1.0f, -1.14770377f, 0.395123303f}));
  CHECK(close(after_five_steps({.kind = sgd, .lr = 0.01, .momentum = 0.9, .weight_decay = 0.1}),
              {0.98749584f, 0.180881038f, 0.246156484f}));
  CHECK(close(after_five_steps({.kind = sgd, .lr = 0.01, .momentum = 0.9, .nesterov = true}),
              {1.0f, 0.408457667f, 0.267546654f}));
  CHECK(close(after_five_steps({.kind = adam, .lr = 0.1, .weight_decay = 0.1}),
              {0.991512418f, -1.50223148f, 0.235288575f}));
}

TEST_CASE("bad training options are refused") {
  CHECK_THROWS_AS(make_optimizer({.lr = 0}), std::invalid_argument);
  CHECK_THROWS_AS(make_optimizer({.lr = std::nan("")}), std::invalid_argument);
  CHECK_THROWS_AS(make_optimizer({.momentum = 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(make_optimizer({.nesterov = true}), std::invalid_argument);
  CHECK_THROWS_AS((TrainSpec{.batch = 0}).validate(), std::invalid_argument);
  CHECK_THROWS_AS((TrainSpec{.local_steps = 0}).validate(), std::invalid_argument);
}

TEST_CASE("losses equal their definitions") {
  Stream stream(3);
  const auto logits = stream.normal({4, 5});
  const auto labels = at::tensor({0, 4, 2, 2}, at::kLong);
  const auto p = at::softmax(logits, -1);
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto y = labels[i].item<std::int64_t>();
    CHECK(per_example_loss(Loss::cross_entropy, logits, labels)[i].item<float>() ==
          Approx(-std::log(p[i][y].item<float>())).epsilon(1e-5));
    CHECK(
        per_example_loss(Loss::mse, logits, labels)[i].item<float>() ==
        Approx((logits[i] - at::one_hot(labels, 5)[i]).square().sum().item<float>()).epsilon(1e-5));
  }
  CHECK(at::allclose(soft_cross_entropy(logits, at::one_hot(labels, 5).to(at::kFloat)),
                     per_example_loss(Loss::cross_entropy, logits, labels)));
  const auto one = stream.normal({4, 1});
  const auto bits = at::tensor({0, 1, 1, 0}, at::kLong);
  const auto s = at::sigmoid(one.squeeze(-1));
  const auto expected = -(bits * s.log() + (1 - bits) * (1 - s).log());
  CHECK(at::allclose(per_example_loss(Loss::bce_with_logits, one, bits), expected, 1e-4, 1e-6));
  CHECK_THROWS_AS(per_example_loss(Loss::bce_with_logits, logits, labels), std::invalid_argument);
  CHECK(at::equal(predictions(one), (one.squeeze(-1) > 0).to(at::kLong)));
}

TEST_CASE("a simulated local step equals the client's own, and can be differentiated") {
  const auto spec = build_model({.name = "mlp", .hidden = {6}}, {4}, 3);
  Stream stream(5);
  const auto w = initial_parameters(spec, stream);
  const std::vector<at::Tensor> x = {stream.normal({2, 4}), stream.normal({2, 4})};
  const auto y = at::tensor({1, 2}, at::kLong);
  const double lr = 0.3;

  Parameters local = w;
  for (const auto& batch : x) {
    const auto g = loss_and_gradient(spec, local, Loss::cross_entropy, batch, y).gradient;
    for (std::size_t i = 0; i < local.size(); ++i)
      local[i] = local[i] - lr * g[i];
  }

  Parameters many;
  for (const auto& p : w)
    many.push_back(p.unsqueeze(0));
  const auto targets = at::one_hot(y, 3).to(at::kFloat).unsqueeze(0);
  auto guess = x[0].unsqueeze(0).clone().requires_grad_(true);
  const auto update =
      simulate_local_steps(spec, many, {{guess, targets}, {x[1].unsqueeze(0), targets}}, lr);
  for (std::size_t i = 0; i < w.size(); ++i) {
    CHECK(at::allclose(update[i][0], local[i] - w[i], 1e-4, 1e-6));
  }

  // The derivative through both steps against central differences, in double precision.
  Parameters wide;
  for (const auto& p : many)
    wide.push_back(p.to(at::kDouble));
  const auto t = targets.to(at::kDouble);
  const auto x1 = x[1].unsqueeze(0).to(at::kDouble);
  auto objective = [&](const at::Tensor& x0) {
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (const auto& part : simulate_local_steps(spec, wide, {{x0, t}, {x1, t}}, lr)) {
      sum = sum + part.pow(3).sum();
    }
    return sum;
  };
  auto x0 = x[0].unsqueeze(0).to(at::kDouble).requires_grad_(true);
  const auto gradient = torch::autograd::grad({objective(x0)}, {x0})[0];
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) {
      auto up = x0.detach().clone(), down = x0.detach().clone();
      up[0][i][j] += 1e-5;
      down[0][i][j] -= 1e-5;
      const double slope = (objective(up) - objective(down)).item<double>() / 2e-5;
      CHECK(gradient[0][i][j].item<double>() == Approx(slope).epsilon(1e-4).margin(1e-9));
    }
  }
}

TEST_CASE("batches go through all records before any comes again") {
  Batches batches({10, 11, 12, 13, 14, 15, 16}, 3, Stream(2));
  for (int pass = 0; pass < 3; ++pass) {
    std::set<std::int64_t> seen;
    for (int k = 0; k < 2; ++k) {
      const auto batch = batches.next();
      CHECK(batch.size() == 3);
      seen.insert(batch.begin(), batch.end());
    }
    CHECK(seen.size() == 6);  // the seventh is dropped: no batch spans two passes
  }
  CHECK(Batches({1, 2}, 5, Stream(1)).next().size() == 2);
  CHECK_THROWS_AS(Batches({}, 5, Stream(1)), std::invalid_argument);
}

TEST_CASE("accuracy counts right predictions, in slices too") {
  const auto spec = build_model({.name = "logistic-regression"}, {2}, 2);
  const Model model{spec, {at::eye(2), at::zeros({2})}};
  Stream stream(1);
  const auto x = stream.uniform({1000, 2}, 0, 1);
  const auto y = x.argmax(-1);
  CHECK(accuracy(model, {x, y, {}}) == 1.0);
  CHECK(accuracy(model, {x, 1 - y, {}}) == 0.0);
  CHECK(accuracy(model, {x.slice(0, 0, 0), y.slice(0, 0, 0), {}}) == 0.0);
}

}  // namespace
}  // namespace assay
