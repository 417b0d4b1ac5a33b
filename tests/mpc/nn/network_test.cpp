#include "mpc/nn/network.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "core/models/zoo.h"
#include "mpc/functions/arithmetic.h"
#include "tests/catch.h"
#include "tests/core/models/tied_models.h"
#include "tests/mpc/nn/compare.h"

namespace assay::mpc::nn {
namespace {

/// Branches that join, both ways of pooling's, and every activation.
ModelSpec residual() {
  ModelSpec spec;
  spec.name = "residual";
  spec.input_shape = {2, 6, 6};
  spec.outputs = 3;
  spec.nodes = {{"conv1", Conv2d{2, 4, 3, 1, 1}, {Node::kModelInput}},
                {"act1", Activate{Activation::tanh}, {0}},
                {"conv2", Conv2d{4, 4, 3, 1, 1, 2}, {1}},
                {"add", Add{}, {1, 2, 0}},
                {"act2", Activate{Activation::relu}, {3}},
                {"average", AvgPool2d{2, 2}, {4}},
                {"act3", Activate{Activation::sigmoid}, {5}},
                {"flatten", Flatten{}, {6}},
                {"fc", Linear{36, 3}, {7}}};
  return spec;
}

/// Every layer of pictures that the models of the zoo lack.
ModelSpec pictures() {
  ModelSpec spec{"pictures", {2, 6, 6}, 4, {}, {}};
  spec.nodes = {{"conv", Conv2d{2, 4, 3, 2, 1}, {Node::kModelInput}},
                {"norm1", BatchNorm{4}, {0}},
                {"act1", Activate{Activation::leaky_relu, 0.1}, {1}},
                {"up", ConvTranspose2d{4, 2, 3, 2, 1, 1}, {2}},
                {"norm2", GroupNorm{2, 2}, {3}},
                {"act2", Activate{Activation::hardtanh}, {4}},
                {"join", Concat{0}, {5, Node::kModelInput}},
                {"largest", MaxPool2d{3, 2, 1}, {6}},
                {"mean", AvgPool2d{3, 1, 1}, {7}},
                {"act3", Activate{Activation::silu}, {8}},
                {"pool", GlobalAvgPool{}, {9}},
                {"wider", Scale{3.0, 0.5}, {10}},
                {"act4", Activate{Activation::relu6}, {11}},
                {"fc", Linear{4, 4}, {12}}};
  return spec;
}

/// Every layer of sequences, and the plain tensor operations.
ModelSpec sequences() {
  ModelSpec spec{"sequences", {5}, 3, {}, {}};
  spec.nodes = {{"embedding", Embedding{7, 4}, {Node::kModelInput}},
                {"gru", Gru{4, 6}, {0}},
                {"scale", Scale{0.5, 0.25}, {1}},
                {"turned", Permute{{1, 0}}, {2}},
                {"conv", Conv1d{6, 4, 3, 1, 1}, {3}},
                {"act1", Activate{Activation::erf}, {4}},
                {"scores", MatMul{}, {5, 2}},
                {"softmax", Softmax{}, {6}},
                {"gain", Gain{{6}}, {7}},
                {"part", Slice{1, 1, 4}, {8}},
                {"square", Multiply{}, {9, 9}},
                {"offset", Offset{{4, 4}}, {10}},
                {"causal", SelfAttention{4, 2, true}, {11}},
                {"flat", Reshape{{16}}, {12}},
                {"act2", Activate{Activation::gelu}, {13}},
                {"fc", Linear{16, 3}, {14}}};
  return spec;
}

struct Case {
  ModelSpec spec;
  double ulps;  ///< that a logit or a gradient may differ by
  /// Ahead of a normalisation a bias has no gradient; its sum over all places adds up what the
  /// mean's rounding, times 1 / deviation, left at each.
  double gradient_ulps = ulps;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {build_model({.name = "logistic-regression"}, {20}, 4), 1},
      {build_model({.name = "mlp", .hidden = {16, 8}, .activation = Activation::relu}, {20}, 4), 8},
      {build_model({.name = "mlp", .hidden = {16}, .activation = Activation::sigmoid}, {1, 4, 5},
                   4),
       16},
      {build_model({.name = "lenet-sigmoid"}, {1, 12, 12}, 3), 128},
      {build_model({.name = "cnn", .width = 3}, {1, 8, 8}, 5), 32},
      {residual(), 256},
      {build_model({.name = "lstm", .width = 3}, {2, 4, 5}, 3), 64},
      {build_model({.name = "transformer", .width = 4}, {1, 4, 6}, 3), 256},
      {pictures(), 256, 4096},
      {sequences(), 64},
      {tied_text_model(7, 4, 6), 16},
      {twice({2, 6, 6}, Conv2d{2, 2, 3, 1, 1}), 256}};
  return all;
}

/// Parameters on the grid that secrets hold exactly.
Parameters parameters_of_case(const ModelSpec& spec) {
  Parameters out;
  std::uint64_t seed = 40;
  for (const auto& parameter : parameters_of(spec)) {
    const double bound = std::min(0.5, 1.0 / std::sqrt(static_cast<double>(parameter.fan_in)));
    out.push_back(on_grid(parameter.shape, bound, ++seed));
  }
  return out;
}

at::Tensor batch_of(const ModelSpec& spec, std::int64_t batch) {
  auto sizes = spec.input_shape;
  sizes.insert(sizes.begin(), batch);
  if (spec.name == "sequences" || spec.name == "tied text")
    return on_grid(sizes, 3.0, 7, 1.0) + 3.0;  // tokens
  return on_grid(sizes, 1.0, 7);
}

/// Means and variances that are not the initial ones.
Parameters statistics_of_case(const ModelSpec& spec) {
  Parameters out;
  std::uint64_t seed = 90;
  for (const auto& statistic : statistics_of(spec))
    out.push_back(on_grid(statistic.shape, 0.25, ++seed) + (*statistic.start == 1.0 ? 1.0 : 0.0));
  return out;
}

}  // namespace

TEST_CASE("models give core's logits and gradients, in parameters and inputs", "[mpc]") {
  for (const auto& [spec, ulps, gradient_ulps] : cases()) {
    const Differentiable function{
        [&](Protocol& p, const std::vector<Variable>& x) {
          return Network(spec, std::vector<Variable>(x.begin() + 1, x.end())).forward(p, x[0]);
        },
        [&](const std::vector<at::Tensor>& x) {
          return forward(spec, Parameters(x.begin() + 1, x.end()), x[0]);
        }};
    const std::int64_t batch = 3;
    auto arguments = parameters_of_case(spec);
    arguments.insert(arguments.begin(), batch_of(spec, batch));
    const auto seed = on_grid({batch, spec.outputs}, 1.0, 9);
    for (const Rank parties : {1, 2, 3}) {
      CAPTURE(spec.name, parties);
      const auto found = distance(parties, function, arguments, seed);
      CHECK(found.value <= ulps);
      CHECK(found.gradient <= gradient_ulps);
    }
  }
}

TEST_CASE("evaluation gives the logits of the graph, at a parameter's owner's model", "[mpc]") {
  for (const auto& c : cases()) {
    const auto& spec = c.spec;
    const auto parameters = parameters_of_case(spec);
    const auto statistics = statistics_of_case(spec);
    const auto x = batch_of(spec, 2);
    const auto exact = forward(spec, parameters, statistics, x);
    const auto program = [&](Protocol& p) {
      const bool owner = p.rank() == 1 % p.parties();
      const auto network =
          input_network(p, 1 % p.parties(), spec, owner ? parameters : Parameters{},
                        owner ? statistics : Parameters{});
      return reveal_real(p, network.evaluate(p, input_real(p, 0, x)), "logits");
    };
    CAPTURE(spec.name);
    CHECK((run_plain(program) - exact).abs().max().item<double>() <= c.ulps * 0x1p-16);
    CHECK((run_additive(2, program).results[1] - exact).abs().max().item<double>() <=
          c.ulps * 0x1p-16);
  }
}

TEST_CASE("training keeps running statistics, which evaluation uses", "[mpc]") {
  const auto spec = pictures();
  const auto x = batch_of(spec, 4);
  auto mean = at::zeros({4}, at::kDouble), variance = at::ones({4}, at::kDouble);
  const auto parameters = parameters_of_case(spec);
  const auto convolved = at::conv2d(x, parameters[0], parameters[1], 2, 1);
  at::batch_norm(convolved, {}, {}, mean, variance, true, 0.1, 1e-5, false);
  for (const Rank parties : {2, 3}) {
    const auto kept =
        run_additive(parties, [&](Protocol& p) {
          const auto network = input_network(p, 0, spec, parameters);
          network.forward(p, Variable(input_real(p, 0, x)));
          return at::stack({reveal_real(p, network.statistics()[0].value(), "mean"),
                            reveal_real(p, network.statistics()[1].value(), "variance")});
        }).results.front();
    CHECK((kept - at::stack({mean, variance})).abs().max().item<double>() <= 4 * 0x1p-16);
  }
  run_plain([&](Protocol& p) {
    std::vector<Variable> leaves;
    for (const auto& parameter : parameters)
      leaves.emplace_back(input_real(p, 0, parameter));
    CHECK_THROWS_AS(Network(spec, leaves).evaluate(p, input_real(p, 0, x)), std::invalid_argument);
    return at::Tensor();
  });
}

TEST_CASE("a network rejects what does not fit its model", "[mpc]") {
  run_plain([](Protocol& p) {
    const auto spec = cases()[0].spec;
    auto parameters = parameters_of_case(spec);
    const auto network = input_network(p, 0, spec, parameters);
    CHECK_THROWS_AS(network.evaluate(p, p.constant(at::zeros({2, 19}, at::kLong), 16)),
                    std::invalid_argument);
    parameters.pop_back();
    CHECK_THROWS_AS(input_network(p, 0, spec, parameters), std::invalid_argument);
    parameters.push_back(at::zeros({7}));
    CHECK_THROWS_AS(input_network(p, 0, spec, parameters), std::invalid_argument);
    return at::Tensor();
  });
}

}  // namespace assay::mpc::nn
