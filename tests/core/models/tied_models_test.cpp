// Layers that share parameters.
#include "tests/core/models/tied_models.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>
#include <torch/csrc/autograd/autograd.h>

#include <nlohmann/json.hpp>

#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

std::vector<ModelSpec> tied_models() {
  return {tied_text_model(7, 4, 5),    twice({5}, Linear{5, 5}),
          twice({3, 4}, Linear{4, 4}), twice({2, 6, 6}, Conv2d{2, 2, 3, 1, 1}),
          twice({4, 3}, Lstm{3, 3}),   twice({3, 4}, SelfAttention{4, 2, true}),
          twice({3, 4}, LayerNorm{4})};
}

/// Whole numbers below 7, which every layer takes.
at::Tensor inputs_of(const ModelSpec& spec, std::int64_t batch, Stream& stream) {
  auto sizes = spec.input_shape;
  sizes.insert(sizes.begin(), batch);
  return (stream.uniform(sizes, 0.0, 1.0) * 7.0).floor();
}

Parameters drawn(const ModelSpec& spec, Stream& stream) {
  auto parameters = initial_parameters(spec, stream);
  for (auto& p : parameters)
    p = p + stream.normal(p.sizes(), 0.0, 0.1);
  return parameters;
}

TEST_CASE("a shared parameter is listed, drawn and counted once") {
  const auto spec = tied_text_model(7, 4, 5);
  validate(spec);
  std::vector<std::string> names;
  for (const auto& parameter : parameters_of(spec))
    names.push_back(parameter.name);
  CHECK(names == std::vector<std::string>{"embedding.weight", "head.bias"});
  CHECK(parameter_count(spec) == 7 * 4 + 7);
  CHECK(parameter_indices(spec) == std::vector<std::vector<std::size_t>>{{0}, {}, {}, {}, {0, 1}});
  Stream one(1), other(1);
  const auto parameters = initial_parameters(spec, one);
  REQUIRE(parameters.size() == 2);
  CHECK(at::equal(parameters[0], other.uniform({7, 4}, -0.5, 0.5)));  // fan_in 4
  CHECK(at::equal(parameters[1], other.uniform({7}, -0.5, 0.5)));

  // Its uses all cost.
  const auto layers = twice({5}, Linear{5, 5});
  CHECK(parameter_count(layers) == 5 * 5 + 5 + 5 * 3 + 3);
  CHECK(forward_multiply_adds(layers) == 5 * 5 + 5 * 5 + 5 * 3);
  CHECK(parameter_indices(layers) ==
        std::vector<std::vector<std::size_t>>{{0, 1}, {}, {0, 1}, {}, {2, 3}});
}

TEST_CASE("a tied embedding is the table, from words and to words") {
  const auto spec = tied_text_model(7, 4, 5);
  Stream stream(2);
  const auto p = drawn(spec, stream);
  const auto x = inputs_of(spec, 3, stream);
  std::vector<at::Tensor> means;
  for (std::int64_t i = 0; i < 3; ++i)
    means.push_back(p[0].index_select(0, x[i].to(at::kLong)).mean(0));
  CHECK(at::allclose(forward(spec, p, x), at::matmul(at::tanh(at::stack(means)), p[0].t()) + p[1],
                     1e-5, 1e-6));
}

TEST_CASE("a tied model is the untied one with equal parameters; its gradient is the uses' sum") {
  for (const auto& spec : tied_models()) {
    INFO(to_json(spec).dump());
    validate(spec);
    Stream stream(3);
    auto parameters = drawn(spec, stream);
    for (auto& p : parameters)
      p = p.detach().requires_grad_(true);
    auto copies = copied(spec, parameters);
    CHECK(copies.size() > parameters.size());
    for (auto& p : copies)
      p.requires_grad_(true);
    const auto x = inputs_of(spec, 4, stream);
    const auto y = forward(spec, parameters, x), apart = forward(untied(spec), copies, x);
    CHECK(at::equal(y, apart));
    const auto gradient = torch::autograd::grad({y.square().sum()}, parameters);
    const auto expected =
        summed_over_uses(spec, torch::autograd::grad({apart.square().sum()}, copies));
    for (std::size_t k = 0; k < gradient.size(); ++k)
      CHECK(at::allclose(gradient[k], expected[k], 1e-4, 1e-5));
  }
}

TEST_CASE("many tied models at once give what each gives alone") {
  for (const auto& spec : tied_models()) {
    INFO(spec.name);
    Stream stream(4);
    const auto one = drawn(spec, stream), two = drawn(spec, stream);
    const auto x = inputs_of(spec, 3, stream);
    Parameters both;
    for (std::size_t k = 0; k < one.size(); ++k)
      both.push_back(at::stack({one[k], two[k]}));
    const auto out = forward_many(spec, both, at::stack({x, x}));
    CHECK(at::allclose(out[0], forward(spec, one, x), 1e-4, 1e-5));
    CHECK(at::allclose(out[1], forward(spec, two, x), 1e-4, 1e-5));
  }
}

TEST_CASE("what is shared survives JSON, and models without it read and write as ever") {
  for (const auto& spec : tied_models()) {
    CHECK(model_spec_from_json(to_json(spec)) == spec);
    CHECK_FALSE(model_spec_from_json(to_json(spec)) == untied(spec));
    CHECK(model_spec_from_json(to_json(untied(spec))) == untied(spec));
    CHECK(to_json(untied(spec)).dump().find("shared") == std::string::npos);
  }
  const auto json = to_json(tied_text_model(7, 4, 5));
  CHECK(json.at("nodes").back().at("shared") == nlohmann::json{{"weight", "embedding.weight"}});
}

TEST_CASE("parameters that cannot be shared are refused, with the layer's name and theirs") {
  const auto good = tied_text_model(7, 4, 5);
  const auto refused = [](const ModelSpec& spec, const std::string& layer,
                          const std::string& parameter, const std::string& why) {
    CAPTURE(why);
    CHECK_THROWS_WITH(validate(spec), Contains("'" + layer + "'") &&
                                          Contains("'" + parameter + "'") && Contains(why));
    CHECK_THROWS_AS(model_spec_from_json(to_json(spec)), std::invalid_argument);
  };
  const auto head = [&](const std::string& own, const std::string& owner) {
    auto spec = good;
    spec.nodes.back().shared = {{own, owner}};
    return spec;
  };
  refused(head("weight", "table.weight"), "head", "weight", "got 'table.weight'");
  refused(head("weight", "embedding.bias"), "head", "weight", "got 'embedding.bias'");
  refused(head("weight", "embedding"), "head", "weight", "got 'embedding'");
  refused(head("weight", "head.weight"), "head", "weight", "an earlier layer has itself");
  refused(head("matrix", "embedding.weight"), "head", "matrix", "one of its parameters");
  refused(head("bias", "embedding.weight"), "head", "bias",
          "of shape [7], got 'embedding.weight' of [7, 4]");
  // Of a later layer.
  auto spec = good;
  spec.nodes.back().shared = {};
  spec.nodes[0].shared = {{"weight", "head.weight"}};
  refused(spec, "embedding", "weight", "got 'head.weight'");
  // Of one that shares it itself.
  spec = twice({5}, Linear{5, 5});
  spec.nodes.back() = {"third", Linear{5, 5}, {3}, {{"weight", "second.weight"}}};
  spec.outputs = 5;
  refused(spec, "third", "weight", "got 'second.weight'");
  spec.nodes.back().shared["weight"] = "first.weight";
  validate(spec);
  // Statistics are none.
  spec = twice({5}, BatchNorm{5});
  spec.nodes[2].shared["mean"] = "first.mean";
  refused(spec, "second", "mean", "one of its parameters");
  // [out, in] beside [in, out]: as many entries do not do.
  spec = {"turned", {4}, 4, {{"a", Linear{4, 7}, {-1}}, {"b", Linear{7, 4}, {0}}}, {}};
  spec.nodes[1].shared = {{"weight", "a.weight"}};
  refused(spec, "b", "weight", "of shape [4, 7], got 'a.weight' of [7, 4]");
}

TEST_CASE("a shared parameter starts as the layer that has it says") {
  ModelSpec spec{"starts",
                 {4},
                 4,
                 {{"norm", LayerNorm{4}, {-1}},
                  {"fc", Linear{4, 4}, {0}, {{"bias", "norm.weight"}}},
                  {"offset", Offset{{4}}, {1}, {{"weight", "fc.bias"}}}},
                 {}};
  CHECK_THROWS_AS(validate(spec), std::invalid_argument);
  spec.nodes[2].shared["weight"] = "norm.weight";
  validate(spec);
  Stream stream(1);
  const auto parameters = initial_parameters(spec, stream);
  REQUIRE(parameters.size() == 3);
  CHECK(parameters[0].eq(1.0).all().item<bool>());
}

}  // namespace
}  // namespace assay
