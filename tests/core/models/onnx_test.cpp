#include "core/models/onnx/load.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/tensor.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "core/models/onnx/import.h"
#include "tests/catch.h"

// Files that onnx/generate.py wrote, and what onnxruntime makes of them.

namespace assay {
namespace {

using Catch::Matchers::Contains;

const std::filesystem::path kFolder =
    std::filesystem::path(ASSAY_SOURCE) / "tests/core/models/onnx";

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

onnx_file::Imported import(const std::string& bytes) {
  return onnx_file::import_graph(onnx_file::parse(std::as_bytes(std::span(bytes))), "model");
}

at::Tensor tensor(const nlohmann::json& values) {
  return at::tensor(values.get<std::vector<float>>());
}

}  // namespace

TEST_CASE("models from ONNX files give what onnxruntime gives") {
  const auto expected = nlohmann::json::parse(bytes_of(kFolder / "expected.json"));
  REQUIRE(expected.size() == 8);
  for (const auto& [name, entry] : expected.items()) {
    INFO(name);
    const auto model = load_onnx(kFolder / (name + ".onnx"));
    CHECK(model.spec.name == name);
    CHECK((model_spec_from_json(to_json(model.spec)) == model.spec));
    auto sizes = entry.at("input_shape").get<std::vector<std::int64_t>>();
    CHECK(sizes == model.spec.input_shape);
    sizes.insert(sizes.begin(), 1);
    const auto x = tensor(entry.at("input")).reshape(sizes);
    const auto y = tensor(entry.at("output"));
    const auto found = forward(model.spec, model.parameters, model.statistics, x);
    CHECK(at::allclose(found, y.unsqueeze(0), 1e-4, 1e-5));
    // Examples of a batch do not mix.
    const auto pair = forward(model.spec, model.parameters, model.statistics,
                              at::cat({x, name == "tokens" ? x.flip({1}) : x * 0.5}));
    CHECK(at::allclose(pair[0], y, 1e-4, 1e-5));
  }
}

TEST_CASE("layers keep their kinds on the way from ONNX") {
  const auto has = [](const ModelSpec& spec, auto layer) {
    return std::any_of(spec.nodes.begin(), spec.nodes.end(), [&](const Node& node) {
      return std::holds_alternative<decltype(layer)>(node.layer);
    });
  };
  const auto cnn = load_onnx(kFolder / "cnn.onnx").spec;
  CHECK(has(cnn, Conv2d{}));
  CHECK(has(cnn, MaxPool2d{}));
  CHECK(has(cnn, BatchNorm{}));
  const auto mlp = load_onnx(kFolder / "mlp.onnx").spec;
  REQUIRE(mlp.nodes.size() == 4);
  CHECK((mlp.nodes[1].layer == Layer(Linear{12, 7})));
  CHECK((mlp.nodes[2].layer == Layer(Activate{Activation::tanh})));
  const auto block = load_onnx(kFolder / "block.onnx").spec;
  CHECK(has(block, LayerNorm{}));
  CHECK(has(block, Softmax{}));
  CHECK(has(block, Offset{}));
  CHECK_FALSE(has(block, BatchNorm{}));
}

TEST_CASE("an operator that is not supported is named with its node") {
  CHECK_THROWS_WITH(load_onnx(kFolder / "unsupported.onnx"), Contains("'swish'") &&
                                                                 Contains("HardSwish") &&
                                                                 Contains("unsupported operator"));
}

TEST_CASE("what is no ONNX model is refused") {
  CHECK_THROWS_AS(load_onnx(kFolder / "nothing.onnx"), std::runtime_error);
  CHECK_THROWS_AS(load_onnx(kFolder / "generate.py"), std::invalid_argument);
  CHECK_THROWS_WITH(import(""), Contains("expected an ONNX model"));
}

TEST_CASE("convolutions of an ONNX file may have groups") {
  using onnx_file::Graph;
  Graph graph{17,
              {{"Conv", "conv", {"x", "w", "b"}, {"y"}, {{"group", std::int64_t{2}}}},
               {"Flatten", "flat", {"y"}, {"z"}, {}}},
              {{"w", {{2, 1, 1, 1}, {2, 3}, false}}, {"b", {{2}, {1, -1}, false}}},
              {{"x", {-1, 2, 1, 2}}},
              {"z"}};
  const auto imported = onnx_file::import_graph(graph, "model");
  CHECK((imported.spec.nodes[0].layer == Layer(Conv2d{2, 2, 1, 1, 0, 2})));
  const auto x = at::tensor(std::vector<float>{1, 2, 3, 4}).reshape({1, 2, 1, 2});
  const auto y = forward(imported.spec,
                         {at::tensor(imported.parameters[0]).reshape({2, 1, 1, 1}),
                          at::tensor(imported.parameters[1])},
                         x);
  CHECK(at::allclose(y, at::tensor(std::vector<float>{3, 5, 8, 11}).reshape({1, 4})));
  for (const std::int64_t groups : {0, -1, 3}) {
    graph.operations[0].attributes["group"] = groups;
    CHECK_THROWS_AS(onnx_file::import_graph(graph, "model"), std::invalid_argument);
  }
}

/// A table of words, looked up and multiplied by: `head` ends in an output "z" of [1, 3].
onnx_file::Graph tied_graph(std::vector<onnx_file::Operation> head) {
  onnx_file::Graph graph{
      17,
      {{"Gather", "words", {"table", "x"}, {"rows"}, {}},
       {"ReduceMean", "mean", {"rows"}, {"m"}, {{"keepdims", std::int64_t{0}}}}},
      {{"table", {{3, 2}, {1, 2, 3, 4, 5, 6}, false}}, {"b", {{3}, {0.5, -0.5, 1}, false}}},
      {{"x", {-1, 4}}},
      {"z"}};
  graph.operations[1].attributes["axes"] = std::vector<std::int64_t>{1};
  for (auto& operation : head)
    graph.operations.push_back(std::move(operation));
  return graph;
}

Parameters parameters_of_file(const onnx_file::Imported& imported) {
  const auto specs = parameters_of(imported.spec);
  REQUIRE(specs.size() == imported.parameters.size());
  Parameters out;
  for (std::size_t k = 0; k < specs.size(); ++k)
    out.push_back(at::tensor(imported.parameters[k]).reshape(specs[k].shape));
  return out;
}

using Shared = std::map<std::string, std::string>;

TEST_CASE("a constant that an ONNX file uses twice is one parameter") {
  const auto x = at::tensor(std::vector<float>{0, 2, 2, 1}).reshape({1, 4});  // mean (3.5, 4.5)
  const auto expected = at::tensor(std::vector<float>{13.0F, 28.0F, 45.5F}).reshape({1, 3});
  const std::vector<std::vector<onnx_file::Operation>> heads = {
      {{"Gemm", "head", {"m", "table", "b"}, {"z"}, {{"transB", std::int64_t{1}}}}},
      // As exporters write it, and by more detours.
      {{"Transpose", "turn", {"table"}, {"t"}, {}},
       {"MatMul", "head", {"m", "t"}, {"y"}, {}},
       {"Add", "plus", {"y", "b"}, {"z"}, {}}},
      {{"Identity", "same", {"table"}, {"i"}, {}},
       {"Transpose", "turn", {"i"}, {"t"}, {}},
       {"Gemm", "head", {"m", "t", "b"}, {"z"}, {}}}};
  for (const auto& head : heads) {
    const auto imported = onnx_file::import_graph(tied_graph(head), "model");
    CAPTURE(head.size());
    CHECK(imported.parameters ==
          std::vector<std::vector<float>>{{1, 2, 3, 4, 5, 6}, {0.5, -0.5, 1}});
    CHECK(imported.spec.nodes.front().shared.empty());
    CHECK(std::any_of(imported.spec.nodes.begin(), imported.spec.nodes.end(), [](const auto& node) {
      return node.shared == Shared{{"weight", "words.weight"}};
    }));
    CHECK(at::allclose(forward(imported.spec, parameters_of_file(imported), x), expected));
  }
  // Twice as large it is another.
  const auto scaled =
      onnx_file::import_graph(tied_graph({{"Gemm",
                                           "head",
                                           {"m", "table", "b"},
                                           {"z"},
                                           {{"transB", std::int64_t{1}}, {"alpha", 2.0}}}}),
                              "model");
  CHECK(scaled.parameters.size() == 3);
  CHECK(scaled.parameters[1] == std::vector<float>{2, 4, 6, 8, 10, 12});
}

TEST_CASE("a layer that an ONNX file uses twice has one weight and one bias") {
  const auto gemm = [](const std::string& name, const std::string& from, const std::string& to) {
    return onnx_file::Operation{
        "Gemm", name, {from, "w", "b"}, {to}, {{"transB", std::int64_t{1}}}};
  };
  const auto import = [&](const std::vector<double>& bias, const std::string& other_weight) {
    onnx_file::Graph graph{
        17,
        {gemm("first", "x", "y"), {"Tanh", "act", {"y"}, {"h"}, {}}, gemm("second", "h", "z")},
        {{"w", {{2, 2}, {1, 2, 3, 4}, false}},
         {"v", {{2, 2}, {1, 2, 3, 4}, false}},
         {"b", {{2}, bias, false}}},
        {{"x", {-1, 2}}},
        {"z"}};
    graph.operations[2].inputs[1] = other_weight;
    return onnx_file::import_graph(graph, "model");
  };
  const Shared both = {{"weight", "first.weight"}, {"bias", "first.bias"}};
  auto imported = import({0.5, 1.5}, "w");
  CHECK(imported.spec.nodes.back().shared == both);
  CHECK(imported.parameters == std::vector<std::vector<float>>{{1, 2, 3, 4}, {0.5, 1.5}});
  // Trained on, they stay one.
  Stream stream(1);
  CHECK(initial_parameters(imported.spec, stream).size() == 2);
  // Zeros, too, of a layer that is used twice; of two layers they may be zeros by chance, as equal
  // weights of two constants are.
  CHECK(import({0, 0}, "w").spec.nodes.back().shared == both);
  CHECK(import({0, 0}, "v").spec.nodes.back().shared.empty());
  CHECK(import({0, 0}, "v").parameters.size() == 4);
  CHECK(import({0.5, 1.5}, "v").spec.nodes.back().shared == Shared{{"bias", "first.bias"}});
}

TEST_CASE("ones and zeros that several normalisations of an ONNX file start from are not shared") {
  const auto import = [](const std::vector<double>& scale) {
    return onnx_file::import_graph(
        {17,
         {{"LayerNormalization", "a", {"x", "scale", "zeros"}, {"y"}, {}},
          {"LayerNormalization", "b", {"y", "scale", "zeros"}, {"z"}, {}}},
         {{"scale", {{3}, scale, false}}, {"zeros", {{3}, {0, 0, 0}, false}}},
         {{"x", {-1, 3}}},
         {"z"}},
        "model");
  };
  CHECK(import({1, 1, 1}).spec.nodes.back().shared.empty());
  CHECK(import({1, 1, 1}).parameters.size() == 4);
  // One that was trained is one constant for a reason.
  const auto imported = import({1, 2, 1});
  CHECK(imported.spec.nodes.back().shared == Shared{{"weight", "a.weight"}, {"bias", "a.bias"}});
  CHECK(imported.parameters.size() == 2);
}

TEST_CASE("constants that an ONNX file turns or negates are shared only as they are laid out") {
  using onnx_file::Graph;
  // The same square matrix from both sides; plus and minus a vector.
  Graph graph{17,
              {{"MatMul", "a", {"x", "w"}, {"y"}, {}},
               {"Gemm", "b", {"y", "w"}, {"h"}, {{"transB", std::int64_t{1}}}},
               {"Gemm", "c", {"h", "w"}, {"k"}, {}},
               {"Sub", "minus", {"k", "v"}, {"l"}, {}},
               {"Tanh", "act", {"l"}, {"m"}, {}},
               {"Add", "plus", {"m", "v"}, {"z"}, {}}},
              {{"w", {{2, 2}, {1, 2, 3, 4}, false}}, {"v", {{2}, {1, 2}, false}}},
              {{"x", {-1, 2}}},
              {"z"}};
  const auto imported = onnx_file::import_graph(graph, "model");
  const auto& nodes = imported.spec.nodes;
  const auto named = [&](const std::string& name) {
    return *std::find_if(nodes.begin(), nodes.end(),
                         [&](const auto& node) { return node.name == name; });
  };
  CHECK(named("b").shared.empty());
  CHECK(named("c").shared == Shared{{"weight", "a.weight"}, {"bias", "a.bias"}});  // both left out
  CHECK(named("minus").shared.empty());
  CHECK(named("plus").shared.empty());
  const auto x = at::tensor(std::vector<float>{1, -1}).reshape({1, 2});
  const auto w = at::tensor(std::vector<float>{1, 2, 3, 4}).reshape({2, 2});
  const auto v = at::tensor(std::vector<float>{1, 2});
  const auto k = at::matmul(at::matmul(at::matmul(x, w), w.t()), w);
  CHECK(at::allclose(forward(imported.spec, parameters_of_file(imported), x), at::tanh(k - v) + v));
}

TEST_CASE("graphs that do not fit together say where") {
  using onnx_file::Graph;
  const auto refused = [](Graph graph, const std::string& why) {
    CAPTURE(why);
    CHECK_THROWS_WITH(onnx_file::import_graph(graph, "model"), Contains(why));
  };
  const Graph good{17,
                   {{"Gemm", "fc", {"x", "w", "b"}, {"y"}, {{"transB", std::int64_t{1}}}}},
                   {{"w", {{2, 3}, {1, 2, 3, 4, 5, 6}, false}}, {"b", {{2}, {1, 2}, false}}},
                   {{"x", {-1, 3}}},
                   {"y"}};
  const auto imported = onnx_file::import_graph(good, "model");
  CHECK(imported.parameters == std::vector<std::vector<float>>{{1, 2, 3, 4, 5, 6}, {1, 2}});
  auto graph = good;
  graph.inputs[0].dims = {-1, 4};
  refused(graph, "'fc' (Gemm): expected an input of [..., 3], got [1, 4]");
  graph.inputs[0].dims = {8, 3};
  refused(graph, "expected an input 'x'");
  graph.inputs[0].dims = {-1, -1};
  refused(graph, "expected an input 'x'");
  graph = good;
  graph.outputs = {"z"};
  refused(graph, "expected an output that the input leads to");
  graph = good;
  graph.operations[0].inputs[1] = "nowhere";
  refused(graph, "'fc' (Gemm): expected a constant input 1 of 2 dimensions");
  graph = good;
  graph.constants.at("b").values = {1};
  refused(graph, "'fc' (Gemm): expected a constant of 2 entries as input 2");
  graph = good;
  graph.operations[0].attributes["transB"] = std::string("yes");
  refused(graph, "attribute 'transB'");
  graph = good;
  graph.operations[0].attributes["transA"] = std::int64_t{1};
  refused(graph, "expected transA = 0");
  graph = good;
  graph.inputs.push_back({"more", {1, 2}});
  refused(graph, "expected one input and one output, got 2 and 1");
  graph = good;
  graph.operations.push_back({"Softmax", "odd", {"y"}, {"z"}, {{"axis", std::int64_t{5}}}});
  graph.outputs = {"z"};
  refused(graph, "'odd' (Softmax): expected an axis of 2 dimensions, got 5");
  graph.operations.back() = {"Reshape", "odd", {"y", "shape"}, {"z"}, {}};
  graph.constants["shape"] = {{2}, {3, -1}, true};
  refused(graph, "'odd' (Reshape): cannot give [1, 2] the shape [3, -1]");
  graph.operations.back() = {"Clip", "odd", {"y"}, {"z"}, {{"min", 0.0}, {"max", 5.0}}};
  refused(graph, "'odd' (Clip): expected to clip to [0, 6] or [-1, 1]");
}

// Whatever a file holds, it is read or refused: nothing else happens.
TEST_CASE("damaged ONNX files are refused or read, cut short and with other bytes") {
  std::mt19937 random(1);  // NOLINT: the same damage each time
  int refused = 0, tried = 0;
  const auto survives = [&](const std::string& bytes) {
    ++tried;
    try {
      import(bytes);
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  };
  for (const std::string name : {"mlp", "gelu-norm", "tokens", "block-older"}) {
    const auto whole = bytes_of(kFolder / (name + ".onnx"));
    REQUIRE(!whole.empty());
    for (std::size_t length = 0; length < whole.size(); length += whole.size() / 97)
      survives(whole.substr(0, length));
    for (int i = 0; i < 400; ++i) {
      auto damaged = whole;
      for (int k = 0; k <= i % 3; ++k)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      survives(damaged);
    }
  }
  CHECK(refused > tried / 4);
  CHECK(refused < tried);
}

}  // namespace assay
