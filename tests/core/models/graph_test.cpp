#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <nlohmann/json.hpp>

#include "core/data/corpus.h"
#include "core/models/forward.h"
#include "core/models/propagation.h"
#include "core/models/zoo.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

/// A path of three nodes: degrees with loops 2, 3, 2.
const Graph kPath{3, {{0, 1}, {1, 2}}};

TEST_CASE("a node's share of its neighbour is 1 over the root of both degrees") {
  const double a = 1.0 / 2, b = 1.0 / std::sqrt(6.0), c = 1.0 / 3;
  const auto expected = at::tensor({a, b, 0.0, b, c, b, 0.0, b, a}, at::kDouble).view({3, 3});
  CHECK(at::allclose(propagation({1, 1, kPath, {}}), expected));
  CHECK(at::allclose(propagation({1, 1, kPath, {2}}), expected.slice(0, 2, 3)));
}

TEST_CASE("a graph convolution is P X W^T + b, for one model and for many") {
  const ModelSpec spec{
      "g",
      {3, 2},
      2,
      {{"conv", GraphConv{2, 1, kPath, {0, 2}}, {-1}}, {"flatten", Flatten{}, {0}}}};
  validate(spec);
  Stream stream(1);
  const auto w = stream.uniform({1, 2}, -1, 1), b = stream.uniform({1}, -1, 1),
             x = stream.uniform({5, 3, 2}, -1, 1);
  const auto p = propagation({2, 1, kPath, {0, 2}}).to(at::kFloat);
  const auto expected = (at::matmul(p, x).matmul(w.t()) + b).flatten(1);
  CHECK(at::allclose(forward(spec, {w, b}, x), expected, 1e-5, 1e-6));
  const auto many =
      forward_many(spec, {at::stack({w, 2 * w}), at::stack({b, b})}, at::stack({x, x}));
  CHECK(at::allclose(many[0], expected, 1e-5, 1e-6));
  CHECK(at::allclose(many[1] - b, 2 * (expected - b), 1e-5, 1e-6));
  CHECK(parameter_count(spec) == 3);
}

TEST_CASE("a graph network survives its description, and bad graphs do not") {
  const auto& facts = corpus_facts("sensor-field");
  const auto spec = build_model({.name = "gcn", .hidden = {16}, .activation = Activation::relu},
                                facts.input_shape, facts.targets, facts.graph);
  CHECK(model_spec_from_json(to_json(spec)) == spec);
  CHECK_THROWS_WITH((Graph{3, {{0, 3}}}.validate()), Contains("between two of 3 nodes, got 0-3"));
  CHECK_THROWS_WITH((Graph{3, {{1, 1}}}.validate()), Contains("got 1-1"));
  CHECK_THROWS_WITH((Graph{3, {{0, 1}, {1, 0}}}.validate()), Contains("twice"));
  CHECK_THROWS_WITH(build_model({.name = "gcn"}, {6}, 3), Contains("expected records on a graph"));
}

TEST_CASE("the sensor field hides what is asked for, and its neighbours tell of it") {
  const auto corpus = load_corpus({"sensor-field", 0, 0, 0}, "", Stream(1));
  CHECK(corpus.train.size() == 600);
  CHECK(corpus.targets == 20);
  const auto& asked = corpus_facts("sensor-field").graph->asked;
  const auto rows = at::tensor(asked, at::kLong);
  CHECK(corpus.train.inputs.index_select(1, rows).abs().max().item<double>() == 0);
  CHECK(corpus.train.targets.min().item<double>() >= 0);
  CHECK(corpus.train.targets.max().item<double>() <= 1);
  // The values asked for vary, and the mean of the known ones goes with them.
  const auto known = corpus.train.inputs.select(2, 0).sum(1);
  const auto wanted = corpus.train.targets.mean(1);
  const auto centred = [](const at::Tensor& x) { return x - x.mean(); };
  const auto correlation =
      (centred(known) * centred(wanted)).mean() / (known.std(false) * wanted.std(false));
  CHECK(correlation.item<double>() > 0.8);
  CHECK(corpus.sha256 == corpus_fingerprint({"sensor-field", 0, 0, 0}, ""));
}

}  // namespace
}  // namespace assay
