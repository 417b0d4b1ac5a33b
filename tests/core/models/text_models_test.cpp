#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <nlohmann/json.hpp>

#include "core/models/forward.h"
#include "core/models/zoo.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

constexpr std::int64_t kTokens = 9, kPlaces = 5;

ModelSpec text_model(const std::string& name) {
  return build_model({.name = name, .hidden = {}, .width = 2}, {kPlaces}, 3, nullptr, kTokens);
}
Parameters drawn(const ModelSpec& spec, std::uint64_t seed = 1) {
  Stream stream(seed);
  return initial_parameters(spec, stream);
}
at::Tensor texts() {
  return at::tensor({0., 0., 4., 8., 4., 1., 2., 3., 4., 5., 0., 0., 0., 0., 7.}, at::kFloat)
      .view({3, kPlaces});
}

TEST_CASE("deep averaging is a linear layer on the mean of the words, without padding") {
  const auto spec = text_model("deep-averaging");
  const auto p = drawn(spec);
  REQUIRE(p.size() == 3);  // table, weight, bias
  CHECK(parameter_count(spec) == kTokens * 4 + 4 * 3 + 3);
  const auto row = [&](std::int64_t token) { return p[0][token]; };
  const auto mean = at::stack(
      {(row(4) + row(8) + row(4)) / 3, (row(1) + row(2) + row(3) + row(4) + row(5)) / 5, row(7)});
  CHECK(at::allclose(forward(spec, p, texts()), mean.matmul(p[1].t()) + p[2], 1e-5, 1e-6));
}

TEST_CASE("padding has no part in a text model, and no gradient") {
  for (const std::string name : {"deep-averaging", "lstm"}) {
    INFO(name);
    const auto spec = text_model(name);
    auto p = drawn(spec);
    const auto before = forward(spec, p, texts());
    auto other = p;
    other[0] = p[0].clone();
    other[0][0] += 1.0;
    CHECK(at::equal(forward(spec, other, texts()), before));
    for (auto& parameter : p)
      parameter.requires_grad_(true);
    const auto gradient =
        torch::autograd::grad({forward(spec, p, texts()).square().sum()}, {p[0]})[0];
    CHECK(gradient[0].abs().max().item<double>() == 0.0);
    CHECK(gradient[4].abs().max().item<double>() > 0.0);
    CHECK(gradient[6].abs().max().item<double>() == 0.0);  // in no text
  }
}

TEST_CASE("words in another order are the same to a mean, and another text to an LSTM") {
  const auto a = at::tensor({0., 1., 2., 3., 4.}, at::kFloat).view({1, kPlaces}),
             b = at::tensor({0., 4., 2., 3., 1.}, at::kFloat).view({1, kPlaces});
  const auto mean = text_model("deep-averaging"), steps = text_model("lstm");
  CHECK(at::allclose(forward(mean, drawn(mean), a), forward(mean, drawn(mean), b), 1e-5, 1e-6));
  CHECK_FALSE(
      at::allclose(forward(steps, drawn(steps), a), forward(steps, drawn(steps), b), 1e-5, 1e-6));
}

TEST_CASE("many text models at once give what each gives alone, and survive their JSON") {
  for (const std::string name : {"deep-averaging", "lstm"}) {
    INFO(name);
    const auto spec = text_model(name);
    CHECK(model_spec_from_json(to_json(spec)) == spec);
    const auto one = drawn(spec, 1), two = drawn(spec, 2);
    Parameters both;
    for (std::size_t k = 0; k < one.size(); ++k)
      both.push_back(at::stack({one[k], two[k]}));
    const auto out = forward_many(spec, both, at::stack({texts(), texts()}));
    CHECK(at::allclose(out[0], forward(spec, one, texts()), 1e-5, 1e-6));
    CHECK(at::allclose(out[1], forward(spec, two, texts()), 1e-5, 1e-6));
  }
}

TEST_CASE("texts want a model of texts, and such a model wants texts") {
  for (const std::string name : {"mlp", "logistic-regression", "cnn", "transformer"}) {
    CHECK_THROWS_WITH(build_model({.name = name}, {kPlaces}, 3, nullptr, kTokens),
                      Contains("expected a model of texts (lstm, deep-averaging)"));
  }
  CHECK_THROWS_WITH(build_model({.name = "deep-averaging"}, {15}, 3),
                    Contains("expected texts for model 'deep-averaging'"));
  CHECK_THROWS_WITH(build_model({.name = "lstm"}, {15}, 3), Contains("expected pictures"));
  const auto spec = text_model("deep-averaging");
  CHECK_THROWS_WITH(forward(spec, drawn(spec), texts() + 4),
                    Contains("expected tokens that the embedding has a row for"));
}

}  // namespace
}  // namespace assay
