#include "mpc/nn/network.h"

#include <ATen/ATen.h>

#include "core/models/zoo.h"
#include "mpc/functions/arithmetic.h"
#include "tests/catch.h"
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
                {"conv2", Conv2d{4, 4, 3, 1, 1}, {1}},
                {"add", Add{}, {1, 2, 0}},
                {"act2", Activate{Activation::relu}, {3}},
                {"average", AvgPool2d{2, 2}, {4}},
                {"act3", Activate{Activation::sigmoid}, {5}},
                {"flatten", Flatten{}, {6}},
                {"fc", Linear{36, 3}, {7}}};
  return spec;
}

struct Case {
  ModelSpec spec;
  double ulps;  ///< that a logit or a gradient may differ by
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
      {residual(), 256}};
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
  return on_grid(sizes, 1.0, 7);
}

}  // namespace

TEST_CASE("models give core's logits and gradients, in parameters and inputs", "[mpc]") {
  for (const auto& [spec, ulps] : cases()) {
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
      CHECK(found.gradient <= ulps);
    }
  }
}

TEST_CASE("evaluation gives the logits of the graph, at a parameter's owner's model", "[mpc]") {
  for (const auto& c : cases()) {
    const auto& spec = c.spec;
    const auto parameters = parameters_of_case(spec);
    const auto x = batch_of(spec, 2);
    const auto exact = forward(spec, parameters, x);
    const auto program = [&](Protocol& p) {
      const auto network = input_network(p, 1 % p.parties(), spec,
                                         p.rank() == 1 % p.parties() ? parameters : Parameters{});
      return reveal_real(p, network.evaluate(p, input_real(p, 0, x)), "logits");
    };
    CAPTURE(spec.name);
    CHECK((run_plain(program) - exact).abs().max().item<double>() <= c.ulps * 0x1p-16);
    CHECK((run_additive(2, program).results[1] - exact).abs().max().item<double>() <=
          c.ulps * 0x1p-16);
  }
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
