
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include "core/models/zoo.h"

#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/nn/loss.h"
#include "mpc/nn/network.h"
#include "mpc/nn/optimizer.h"
#include "mpc/nn/rescaling.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

// Whole trainings against the same in float64, batch by batch.

namespace assay::mpc::nn {
namespace {

struct Training {
  ModelSpec spec;
  Loss loss;
  OptimizerOptions optimizer;
  int steps = 30;
  double distance = 0.0;  ///< that a weight may end up from the float64 training
  int fraction_bits = 16;
};

constexpr std::int64_t kRecords = 48, kBatch = 16;

struct Data {
  at::Tensor inputs, labels;
  at::Tensor x(int step) const { return inputs.narrow(0, step % 3 * kBatch, kBatch); }
  at::Tensor y(int step) const { return labels.narrow(0, step % 3 * kBatch, kBatch); }
};

/// Clouds around a centre for each class.
Data data_of(const ModelSpec& spec) {
  auto one = spec.input_shape, all = spec.input_shape;
  const auto classes = std::max<std::int64_t>(spec.outputs, 2);
  one.insert(one.begin(), classes);
  all.insert(all.begin(), kRecords);
  const auto labels = at::arange(kRecords, at::kLong).remainder(classes);
  return {on_grid(one, 1.0, 5).index_select(0, labels) + on_grid(all, 0.5, 6), labels};
}

Parameters start_of(const ModelSpec& spec) {
  Parameters out;
  std::uint64_t seed = 20;
  for (const auto& parameter : parameters_of(spec)) {
    out.push_back(
        on_grid(parameter.shape, 1.0 / std::sqrt(static_cast<double>(parameter.fan_in)), ++seed));
  }
  return out;
}

at::Tensor flat(const Parameters& parameters) {
  std::vector<at::Tensor> vectors;
  for (const auto& parameter : parameters)
    vectors.push_back(parameter.reshape({-1}));
  return at::cat(vectors);
}

/// The parameters after training, then the loss over all records before and after.
at::Tensor train(Protocol& p, const Training& t, const Data& data, const Parameters& start) {
  const auto owner = p.parties() - 1;
  const auto network = input_network(p, owner, t.spec, p.rank() == owner ? start : Parameters{});
  const auto optimizer = make_secret_optimizer(t.optimizer);
  const auto inputs = input_real(p, 0, data.inputs);
  const auto targets = input_real(p, 0, targets_of(data.labels, t.spec.outputs));
  const auto loss_now = [&] {
    return reveal_real(p, loss_value(p, t.loss, network.evaluate(p, inputs), targets), "loss");
  };
  const auto before = loss_now();
  for (int step = 0; step < t.steps; ++step) {
    const auto from = step % 3 * kBatch;
    const auto logits = network.forward(p, Variable(narrow(inputs, 0, from, kBatch)));
    const auto seed = loss_gradient(p, t.loss, logits.value(), narrow(targets, 0, from, kBatch));
    optimizer->step(p, network.parameters(), gradients(p, logits, seed.sum, network.parameters()),
                    seed.scale);
  }
  std::vector<Secret> values;
  for (const auto& parameter : network.parameters())
    values.push_back(parameter.value());
  return at::cat(
      {reveal_real(p, join(values), "parameters"), before.reshape({1}), loss_now().reshape({1})});
}

void check(const std::string& name, const Training& t) {
  const auto data = data_of(t.spec);
  const auto start = start_of(t.spec);
  auto exact = start;
  const auto reference = assay::make_optimizer(t.optimizer);
  for (int step = 0; step < t.steps; ++step) {
    reference->step(exact,
                    loss_and_gradient(t.spec, exact, t.loss, data.x(step), data.y(step)).gradient);
  }
  const auto count = parameter_count(t.spec);
  for (const Rank parties : {1, 2, 3}) {
    const auto program = [&](Protocol& p) { return train(p, t, data, start); };
    const auto found = parties == 1
                           ? run_plain(program, t.fraction_bits)
                           : run_additive(parties, program, t.fraction_bits).results.front();
    CAPTURE(name, parties);
    const auto off = (found.narrow(0, 0, count) - flat(exact)).abs().max().item<double>();
    const auto before = found[count].item<double>(), after = found[count + 1].item<double>();
    const auto exact_after =
        loss_and_gradient(t.spec, exact, t.loss, data.inputs, data.labels).loss;
    CHECK(off <= t.distance);
    CHECK(after < 0.7 * before);
    CHECK(std::abs(after - exact_after) <= t.distance);
  }
}

ModelSpec logistic(std::int64_t outputs) {
  return build_model({.name = "logistic-regression"}, {6}, outputs);
}
ModelSpec mlp(Activation activation) {
  return build_model({.name = "mlp", .hidden = {8}, .activation = activation}, {6}, 3);
}

}  // namespace

TEST_CASE("training with SGD follows the training in float64", "[mpc]") {
  const OptimizerOptions momentum{.lr = 0.1, .momentum = 0.9};
  check("softmax regression", {logistic(3), Loss::cross_entropy, momentum, 30, 2e-3});
  check("softmax regression at 20 bits",
        {logistic(3), Loss::cross_entropy, momentum, 30, 5e-4, 20});
  check("logistic regression", {logistic(1), Loss::bce_with_logits, momentum, 30, 2e-3});
  check("least squares", {logistic(3), Loss::mse, {.lr = 0.02, .momentum = 0.9}, 30, 2e-3});
  check("sigmoid MLP", {mlp(Activation::sigmoid),
                        Loss::cross_entropy,
                        {.lr = 0.5, .momentum = 0.9, .nesterov = true, .weight_decay = 1e-3},
                        30,
                        4e-3});
  check("ReLU MLP", {mlp(Activation::relu), Loss::cross_entropy, momentum, 30, 4e-3});
}

TEST_CASE("training with Adam follows the training in float64", "[mpc]") {
  const OptimizerOptions adam{.kind = OptimizerKind::adam, .lr = 0.02};
  check("softmax regression", {logistic(3), Loss::cross_entropy, adam, 30, 1e-2});
  check("softmax regression at 20 bits", {logistic(3), Loss::cross_entropy, adam, 30, 5e-3, 20});
  // A few gradients begin below 2^-10, where the rule moves a parameter by lr and the secret one by
  // less.
  check("tanh MLP", {mlp(Activation::tanh), Loss::cross_entropy, adam, 30, 4e-2});
}

// Rounding decides which side of a kink a number falls on: of a ReLU, or of a maximum.
TEST_CASE("training a convolutional network with max pooling follows float64", "[mpc]") {
  const auto cnn = build_model({.name = "cnn", .width = 2}, {1, 8, 8}, 3);
  check("cnn", {cnn, Loss::cross_entropy, {.lr = 0.1, .momentum = 0.9}, 30, 3e-2});
}

}  // namespace assay::mpc::nn
