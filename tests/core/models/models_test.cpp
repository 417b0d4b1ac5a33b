#include <nlohmann/json.hpp>

#include "core/models/forward.h"
#include "core/models/zoo.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

std::vector<ModelSpec> every_model() {
  return {build_model({.name = "logistic-regression"}, {1, 28, 28}, 10),
          build_model({.name = "logistic-regression"}, {15}, 2),
          build_model({.name = "mlp", .hidden = {30, 20}}, {1, 8, 8}, 5),
          build_model({.name = "mlp", .hidden = {}, .activation = Activation::relu}, {7}, 3),
          build_model({.name = "lenet-sigmoid"}, {3, 32, 32}, 10),
          build_model({.name = "lenet-sigmoid"}, {1, 28, 28}, 10),
          build_model({.name = "cnn", .width = 8}, {3, 32, 32}, 10)};
}

TEST_CASE("the gradient-leakage LeNet has its paper's shape and start") {
  const auto cifar = build_model({.name = "lenet-sigmoid"}, {3, 32, 32}, 10);
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& parameter : parameters_of(cifar))
    shapes.push_back(parameter.shape);
  // github.com/mit-han-lab/dlg models/vision.py: 3x 5x5 convolutions of 12 channels, fc 768 ->
  // classes
  CHECK(shapes ==
        std::vector<std::vector<std::int64_t>>{
            {12, 3, 5, 5}, {12}, {12, 12, 5, 5}, {12}, {12, 12, 5, 5}, {12}, {10, 768}, {10}});
  CHECK(parameter_count(build_model({.name = "lenet-sigmoid"}, {1, 28, 28}, 10)) ==
        12 * 25 + 12 + 2 * (12 * 12 * 25 + 12) + 588 * 10 + 10);
  Stream stream(1);
  for (const auto& tensor : initial_parameters(cifar, stream)) {
    CHECK(tensor.abs().max().item<double>() <= 0.5);
  }
}

TEST_CASE("many models at once give what each gives alone, and the same gradients") {
  for (const auto& spec : every_model()) {
    INFO(spec.name);
    Stream stream(7);
    constexpr std::int64_t kModels = 3, kBatch = 2;
    std::vector<std::int64_t> sizes = {kModels, kBatch};
    sizes.insert(sizes.end(), spec.input_shape.begin(), spec.input_shape.end());
    const auto x = stream.uniform(sizes, 0.0, 1.0);
    std::vector<Parameters> alone;
    Parameters together;
    for (std::int64_t m = 0; m < kModels; ++m) {
      auto parameters = initial_parameters(spec, stream);
      for (auto& p : parameters)
        p = (p + stream.normal(p.sizes(), 0.0, 0.05)).requires_grad_(true);
      alone.push_back(parameters);
    }
    for (std::size_t i = 0; i < alone[0].size(); ++i) {
      std::vector<at::Tensor> same;
      for (const auto& parameters : alone)
        same.push_back(parameters[i].detach());
      together.push_back(at::stack(same).requires_grad_(true));
    }
    const auto out = forward_many(spec, together, x);
    REQUIRE(out.sizes() == at::IntArrayRef({kModels, kBatch, spec.outputs}));
    const auto grads = torch::autograd::grad({out.square().sum()}, together);
    for (std::int64_t m = 0; m < kModels; ++m) {
      const auto single = forward(spec, alone[static_cast<std::size_t>(m)], x[m]);
      CHECK(at::allclose(single, out[m], 1e-4, 1e-5));
      const auto own =
          torch::autograd::grad({single.square().sum()}, alone[static_cast<std::size_t>(m)]);
      for (std::size_t i = 0; i < own.size(); ++i)
        CHECK(at::allclose(own[i], grads[i][m], 1e-3, 1e-4));
    }
  }
}

TEST_CASE("a model survives its JSON") {
  for (const auto& spec : every_model())
    CHECK((model_spec_from_json(to_json(spec)) == spec));
}

TEST_CASE("a residual connection adds its inputs") {
  ModelSpec spec{"residual",
                 {4},
                 4,
                 {{"fc", Linear{4, 4}, {-1}},
                  {"act", Activate{Activation::relu}, {0}},
                  {"sum", Add{}, {1, -1}}},
                 {}};
  validate(spec);
  Stream stream(1);
  const auto parameters = initial_parameters(spec, stream);
  const auto x = stream.normal({5, 4});
  const auto expected = at::relu(at::matmul(x, parameters[0].t()) + parameters[1]) + x;
  CHECK(at::allclose(forward(spec, parameters, x), expected, 1e-5, 1e-6));
}

TEST_CASE("multiply-adds are counted per example") {
  const auto spec = build_model({.name = "lenet-sigmoid"}, {3, 32, 32}, 10);
  CHECK(forward_multiply_adds(spec) ==
        12 * 16 * 16 * 75 + 12 * 8 * 8 * 300 + 12 * 8 * 8 * 300 + 7680);
}

TEST_CASE("models that do not fit their data say where") {
  CHECK_THROWS_WITH(build_model({.name = "cnn"}, {15}, 2), Contains("expected pictures"));
  CHECK_THROWS_WITH(build_model({.name = "cnn"}, {1, 2, 2}, 2), Contains("pool2"));
  CHECK_THROWS_WITH(build_model({.name = "resnet"}, {3, 32, 32}, 2), Contains("resnet"));
  CHECK_THROWS_AS(build_model({.name = "mlp", .hidden = {0}}, {4}, 2), std::invalid_argument);
  ModelSpec wrong{"wrong", {4}, 3, {{"fc", Linear{5, 3}, {-1}}}, {}};
  CHECK_THROWS_WITH(validate(wrong), Contains("'fc'") && Contains("[5]") && Contains("[4]"));
  wrong.nodes = {{"fc", Linear{4, 2}, {-1}}};
  CHECK_THROWS_WITH(validate(wrong), Contains("expected the last layer to give [3], got [2]"));
  wrong.nodes = {{"fc", Linear{4, 3}, {0}}};
  CHECK_THROWS_AS(validate(wrong), std::invalid_argument);
  wrong.nodes = {};
  CHECK_THROWS_AS(validate(wrong), std::invalid_argument);
  const auto spec = build_model({.name = "mlp"}, {4}, 2);
  Stream stream(1);
  const auto parameters = initial_parameters(spec, stream);
  CHECK_THROWS_WITH(forward(spec, parameters, at::zeros({1, 5})),
                    Contains("[4]") && Contains("[5]"));
  CHECK_THROWS_AS(forward(spec, {}, at::zeros({1, 4})), std::invalid_argument);
}

}  // namespace
}  // namespace assay
