#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <nlohmann/json.hpp>

#include "core/models/forward.h"
#include "core/models/output_shape.h"
#include "core/models/zoo.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

/// The layers of pictures that no named model has.
ModelSpec pictures() {
  return {"pictures",
          {2, 6, 6},
          4,
          {{"conv", Conv2d{2, 4, 3, 2, 1, 2}, {-1}},
           {"norm1", BatchNorm{4}, {0}},
           {"act1", Activate{Activation::leaky_relu, 0.1}, {1}},
           {"up", ConvTranspose2d{4, 2, 3, 2, 1, 1}, {2}},
           {"norm2", GroupNorm{2, 2}, {3}},
           {"act2", Activate{Activation::hardtanh}, {4}},
           {"join", Concat{0}, {5, -1}},
           {"largest", MaxPool2d{3, 2, 1}, {6}},
           {"mean", AvgPool2d{3, 1, 1}, {7}},
           {"act3", Activate{Activation::silu}, {8}},
           {"pool", GlobalAvgPool{}, {9}},
           {"wider", Scale{3.0, 0.5}, {10}},
           {"act4", Activate{Activation::relu6}, {11}},
           {"fc", Linear{4, 4}, {12}}},
          {}};
}

/// The layers of sequences, and the plain tensor operations.
ModelSpec sequences() {
  return {"sequences",
          {5, 4},
          3,
          {{"gru", Gru{4, 6}, {-1}},
           {"scale", Scale{0.5, 0.25}, {0}},
           {"turned", Permute{{1, 0}}, {1}},
           {"conv", Conv1d{6, 4, 3, 1, 1, 2}, {2}},
           {"act1", Activate{Activation::erf}, {3}},
           {"scores", MatMul{}, {4, 1}},
           {"softmax", Softmax{}, {5}},
           {"gain", Gain{{6}}, {6}},
           {"part", Slice{1, 1, 4}, {7}},
           {"square", Multiply{}, {8, 8}},
           {"offset", Offset{{4, 4}}, {9}},
           {"causal", SelfAttention{4, 2, true}, {10}},
           {"flat", Reshape{{16}}, {11}},
           {"act2", Activate{Activation::gelu}, {12}},
           {"fc", Linear{16, 3}, {13}}},
          {}};
}

std::vector<ModelSpec> every_model() {
  return {build_model({.name = "logistic-regression"}, {1, 28, 28}, 10),
          build_model({.name = "logistic-regression"}, {15}, 2),
          build_model({.name = "mlp", .hidden = {30, 20}}, {1, 8, 8}, 5),
          build_model({.name = "mlp", .hidden = {}, .activation = Activation::relu}, {7}, 3),
          build_model({.name = "lenet-sigmoid"}, {3, 32, 32}, 10),
          build_model({.name = "lenet-sigmoid"}, {1, 28, 28}, 10),
          build_model({.name = "cnn", .width = 8}, {3, 32, 32}, 10),
          build_model({.name = "lstm", .width = 4}, {3, 6, 5}, 4),
          build_model({.name = "transformer", .width = 4}, {1, 6, 5}, 4),
          pictures(),
          sequences()};
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

// The builder composes its layers of elementary operations, which differentiate twice and for many
// models at once; LibTorch's own layers say what they must give.
TEST_CASE("layers give what LibTorch's namesakes give") {
  Stream stream(3);
  const auto gives = [&](Shape shape, Layer layer, const auto& exact) {
    ModelSpec spec{
        "one", shape, 0, {{"layer", std::move(layer), {-1}}, {"flat", Flatten{}, {0}}}, {}};
    spec.outputs = shapes_of(spec).back()[0];
    validate(spec);
    auto parameters = initial_parameters(spec, stream);
    for (auto& p : parameters)
      p = p + stream.normal(p.sizes(), 0.0, 0.1);
    auto sizes = shape;
    sizes.insert(sizes.begin(), 3);
    const auto x = stream.normal(sizes);
    CHECK(at::allclose(forward(spec, parameters, x), exact(x, parameters).flatten(1), 1e-4, 1e-5));
  };
  gives({4, 5, 5}, BatchNorm{4}, [](auto& x, auto& p) {
    return at::batch_norm(x, p[0], p[1], {}, {}, true, 0.1, 1e-5, false);
  });
  gives({6}, BatchNorm{6}, [](auto& x, auto& p) {
    return at::batch_norm(x, p[0], p[1], {}, {}, true, 0.1, 1e-5, false);
  });
  gives({4, 6}, LayerNorm{6}, [](auto& x, auto& p) { return at::layer_norm(x, {6}, p[0], p[1]); });
  gives({6, 3, 3}, GroupNorm{6, 3},
        [](auto& x, auto& p) { return at::group_norm(x, 3, p[0], p[1]); });
  gives({4, 3, 5}, ConvTranspose2d{4, 3, 3, 2, 1, 1},
        [](auto& x, auto& p) { return at::conv_transpose2d(x, p[0], p[1], 2, 1, 1); });
  gives({4, 9}, Conv1d{4, 3, 3, 2, 1},
        [](auto& x, auto& p) { return at::conv1d(x, p[0], p[1], 2, 1); });
  gives({4, 9}, Conv1d{4, 6, 3, 2, 1, 2},
        [](auto& x, auto& p) { return at::conv1d(x, p[0], p[1], 2, 1, 1, 2); });
  gives({4, 5, 6}, Conv2d{4, 8, 3, 1, 1, 4},
        [](auto& x, auto& p) { return at::conv2d(x, p[0], p[1], 1, 1, 1, 4); });
  gives({5, 3}, Lstm{3, 4}, [](auto& x, auto& p) {
    const auto zero = at::zeros({1, x.size(0), 4});
    return std::get<0>(at::lstm(x, {zero, zero}, p, true, 1, 0.0, false, false, true));
  });
  gives({5, 3}, Gru{3, 4}, [](auto& x, auto& p) {
    return std::get<0>(
        at::gru(x, at::zeros({1, x.size(0), 4}), p, true, 1, 0.0, false, false, true));
  });
  for (const bool causal : {false, true}) {
    gives({5, 6}, SelfAttention{6, 2, causal}, [causal](auto& x, auto& p) {
      const auto split =
          at::linear(x, p[0], p[1]).reshape({x.size(0), 5, 3, 2, 3}).permute({2, 0, 3, 1, 4});
      const auto seen =
          at::scaled_dot_product_attention(split[0], split[1], split[2], {}, 0.0, causal);
      return at::linear(seen.transpose(1, 2).reshape({x.size(0), 5, 6}), p[2], p[3]);
    });
  }
}

TEST_CASE("embeddings take tokens, and reject others") {
  ModelSpec spec{
      "tokens", {3}, 12, {{"embedding", Embedding{5, 4}, {-1}}, {"flat", Flatten{}, {0}}}, {}};
  validate(spec);
  Stream stream(1);
  const auto table = initial_parameters(spec, stream);
  const auto x = at::tensor({0.0F, 4.0F, 1.0F, 2.0F, 2.0F, 3.0F}).reshape({2, 3});
  CHECK(forward(spec, table, x).equal(at::embedding(table[0], x.to(at::kLong)).flatten(1)));
  CHECK_THROWS_AS(forward(spec, table, x + 1.0), std::invalid_argument);
  CHECK_THROWS_AS(forward(spec, table, x - 1.0), std::invalid_argument);
}

TEST_CASE("in evaluation normalisations use kept statistics") {
  ModelSpec spec{"norm", {4}, 4, {{"norm", BatchNorm{4}, {-1}}}, {}};
  Stream stream(1);
  const auto parameters = initial_parameters(spec, stream);
  CHECK(parameters[0].equal(at::ones({4})));
  CHECK(parameters[1].equal(at::zeros({4})));
  const auto mean = stream.normal({4}), variance = stream.uniform({4}, 0.5, 2.0);
  const auto x = stream.normal({7, 4});
  CHECK(at::allclose(
      forward(spec, parameters, {mean, variance}, x),
      at::batch_norm(x, parameters[0], parameters[1], mean, variance, false, 0.1, 1e-5, false),
      1e-5, 1e-6));
  CHECK(at::allclose(forward(spec, parameters, initial_statistics(spec), x), x, 1e-4, 1e-5));
  CHECK_THROWS_AS(forward(spec, parameters, Parameters{}, x), std::invalid_argument);
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
  const ModelSpec grouped{"grouped",
                          {4, 5, 5},
                          6 * 25,
                          {{"conv", Conv2d{4, 6, 3, 1, 1, 2}, {-1}}, {"flat", Flatten{}, {0}}},
                          {}};
  CHECK(forward_multiply_adds(grouped) == 6 * 25 * 2 * 9);
  CHECK(parameter_count(grouped) == 6 * 2 * 9 + 6);
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
  const std::vector<std::pair<Shape, Layer>> misfits = {
      {{4, 4}, BatchNorm{4}},
      {{3, 2, 2}, BatchNorm{4}},
      {{4}, LayerNorm{3}},
      {{4, 2}, GroupNorm{4, 3}},
      {{4}, Lstm{4, 2}},
      {{3, 4}, SelfAttention{4, 3}},
      {{3, 4}, Reshape{{3, 5}}},
      {{3, 4}, Permute{{0, 0}}},
      {{3, 4}, Slice{1, 3, 2}},
      {{3, 4}, Slice{2, 0, 1}},
      {{3, 4}, Offset{{3, 1, 4}}},
      {{3, 4}, Gain{{2, 4}}},
      {{3, 4}, Conv1d{2, 1, 1}},
      {{3, 4}, Conv1d{3, 4, 1, 1, 0, 2}},
      {{4, 3, 3}, Conv2d{4, 3, 1, 1, 0, 2}},
      {{4, 3, 3}, Conv2d{4, 4, 1, 1, 0, 0}},
      {{1, 2, 2}, ConvTranspose2d{1, 1, 2, 1, 3}},
      {{1, 4, 4}, MaxPool2d{2, 2, 2}},
      {{4}, GlobalAvgPool{}},
      {{3, 4}, Linear{3, 4}},
      {{1LL << 20, 1LL << 20}, Embedding{2, 1LL << 20}}};
  for (const auto& [shape, layer] : misfits) {
    ModelSpec misfit{"wrong", shape, 3, {{"odd", layer, {-1}}}, {}};
    CAPTURE(layer.index());
    CHECK_THROWS_AS(shapes_of(misfit), std::invalid_argument);
  }
  ModelSpec joins{"wrong", {3, 4}, 3, {{"odd", MatMul{}, {-1, -1}}}, {}};
  CHECK_THROWS_WITH(shapes_of(joins), Contains("'odd'"));
  joins.nodes = {{"turn", Permute{{1, 0}}, {-1}}, {"odd", Concat{0}, {0, -1}}};
  CHECK_THROWS_WITH(shapes_of(joins), Contains("'odd'"));
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
