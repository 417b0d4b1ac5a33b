// Norms and clipped sums against each example's gradient by itself, in float64.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/models/zoo.h"
#include "dp/gradients/ghost_cost.h"
#include "tests/catch.h"
#include "tests/dp/gradients_check.h"

namespace assay::dp {
namespace {

using Case = GradientCase;
using Sizes = std::vector<std::int64_t>;

const Graph& square_with_tail() {
  static const Graph graph{5, {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {3, 4}}};
  return graph;
}

std::vector<Case> cases() {
  std::vector<Case> out;
  const auto one = [&](const std::string& name, std::vector<std::int64_t> shape, Layer layer,
                       std::int64_t tokens = 0) {
    out.push_back({name, model(std::move(shape), {{"layer", std::move(layer), {-1}}}),
                   Loss::cross_entropy, tokens});
  };
  one("linear", {7}, Linear{7, 5});
  one("linear over a sequence, ghost norm", {3, 9}, Linear{9, 8});
  one("linear over a sequence, instantiated", {30, 3}, Linear{3, 4});
  one("linear over more dimensions", {2, 3, 7}, Linear{7, 5});
  one("convolution, instantiated", {2, 9, 9}, Conv2d{2, 3, 3, 1, 1});
  one("convolution with strides", {2, 9, 8}, Conv2d{2, 3, 3, 2, 1});
  one("convolution with strides past the edge", {3, 10, 7}, Conv2d{3, 4, 4, 3, 0});
  one("convolution with more padding", {1, 6, 6}, Conv2d{1, 4, 5, 2, 4});
  one("convolution of one place", {2, 4, 4}, Conv2d{2, 3, 4, 1, 0});
  one("convolution, ghost norm", {6, 5, 5}, Conv2d{6, 8, 4, 1, 0});
  one("convolution in groups", {4, 6, 6}, Conv2d{4, 6, 3, 1, 1, 2});
  one("convolution of each channel", {3, 6, 5}, Conv2d{3, 3, 3, 2, 1, 3});
  one("convolution of sequences in groups", {6, 8}, Conv1d{6, 9, 4, 2, 1, 3});
  one("convolution 1 x 1", {5, 4, 3}, Conv2d{5, 6, 1, 1, 0});
  one("convolution of sequences, instantiated", {2, 20}, Conv1d{2, 3, 3, 1, 1});
  one("convolution of sequences, ghost norm", {6, 8}, Conv1d{6, 8, 4, 2, 1});
  one("convolution of more examples than fit in a cache at a time", {8, 40, 40},
      Conv2d{8, 2, 5, 1, 2});
  one("transposed convolution", {3, 4, 4}, ConvTranspose2d{3, 2, 3, 2, 1, 1});
  one("transposed convolution, stride 1", {2, 5, 4}, ConvTranspose2d{2, 4, 3, 1, 0, 0});
  one("embedding", {6}, Embedding{4, 5}, 4);
  one("embedding of pairs", {3, 2}, Embedding{3, 4}, 3);
  one("layer norm", {4, 6}, LayerNorm{6, 1e-5});
  one("layer norm of features", {6}, LayerNorm{6, 1e-5});
  one("group norm", {6, 4, 3}, GroupNorm{6, 2, 1e-5});
  one("instance norm", {6, 4, 3}, GroupNorm{6, 6, 1e-5});
  one("group norm of sequences", {4, 5}, GroupNorm{4, 2, 1e-5});
  one("offset", {4, 5}, Offset{{4, 5}});
  one("offset that is broadcast", {3, 4, 5}, Offset{{4, 1}});
  one("gain", {4, 5}, Gain{{5}});
  one("gain that is broadcast", {3, 4, 5}, Gain{{1, 5}});
  one("gain of one number", {3, 4}, Gain{{1}});
  one("lstm", {5, 4}, Lstm{4, 3});
  one("lstm of one step", {1, 4}, Lstm{4, 3});
  one("lstm, wide", {3, 6}, Lstm{6, 8});
  one("gru", {5, 4}, Gru{4, 3});
  one("gru of one step", {1, 4}, Gru{4, 3});
  one("gru, wide", {3, 6}, Gru{6, 8});
  one("attention", {4, 6}, SelfAttention{6, 2, false});
  one("causal attention, ghost norm", {3, 8}, SelfAttention{8, 4, true});
  one("attention of many steps", {40, 2}, SelfAttention{2, 2, true});
  one("graph convolution", {5, 3}, GraphConv{3, 4, square_with_tail(), {}});
  one("graph convolution of some nodes", {5, 3}, GraphConv{3, 4, square_with_tail(), {4, 1}});
  return out;
}

TEST_CASE("the cases above take both ways to a norm") {
  CHECK(ghost_is_cheaper(1, 7, 5));
  CHECK(ghost_is_cheaper(3, 9, 8));  // linear over a sequence
  CHECK(!ghost_is_cheaper(30, 3, 4));
  CHECK(ghost_is_cheaper(4, 6 * 16, 8));   // convolution of [6, 5, 5]
  CHECK(!ghost_is_cheaper(81, 2 * 9, 3));  // convolution of [2, 9, 9]
  CHECK(ghost_is_cheaper(4, 6 * 4, 8));    // convolution of sequences
  CHECK(!ghost_is_cheaper(20, 2 * 3, 3));
  CHECK(ghost_is_cheaper(4, 8, 24));  // attention
  CHECK(!ghost_is_cheaper(25, 1, 1));
}

TEST_CASE("norms and clipped sums are those of each example by itself, for every layer") {
  std::uint64_t seed = 100;
  for (const auto& c : cases()) {
    for (const std::int64_t batch : {1, 6})
      check_case(c, batch, ++seed);
  }
}

TEST_CASE("a part of a layer's output may be all that is used") {
  const auto first_step = [](Layer layer) {
    return model({4, 5}, {{"layer", std::move(layer), {-1}}, {"first", Slice{0, 0, 1}, {0}}});
  };
  check_case({"gru", first_step(Gru{5, 4})}, 5, 1);
  check_case({"lstm", first_step(Lstm{5, 4})}, 5, 2);
  check_case({"attention", first_step(SelfAttention{5, 1, true})}, 5, 3);
}

TEST_CASE("a layer may be used by several others, and be followed by any") {
  check_case({"branches", model({2, 6, 6}, {{"a", Conv2d{2, 4, 3, 1, 1}, {-1}},
                                            {"b", Conv2d{2, 4, 3, 1, 1}, {-1}},
                                            {"product", Multiply{}, {0, 1}},
                                            {"sum", Add{}, {0, 2}},
                                            {"both", Concat{0}, {3, 1}},
                                            {"tanh", Activate{Activation::tanh}, {4}},
                                            {"pool", AvgPool2d{2, 2, 0}, {5}},
                                            {"norm", GroupNorm{8, 4, 1e-5}, {6}},
                                            {"turned", Permute{{2, 1, 0}}, {7}},
                                            {"row", Slice{0, 1, 2}, {8}}})},
             5, 4);
  check_case({"matrix products", model({4, 4}, {{"left", Linear{4, 3}, {-1}},
                                                {"right", Linear{4, 4}, {-1}},
                                                {"softmax", Softmax{}, {1}},
                                                {"scaled", Scale{2.0, 0.5}, {2}},
                                                {"product", MatMul{}, {3, 0}}})},
             5, 5);
}

TEST_CASE("every loss") {
  auto one_output = model({5}, {{"fc", Linear{5, 4}, {-1}}});
  one_output.outputs = 1;
  std::get<Linear>(one_output.nodes.back().layer).out = 1;
  check_case({"bce", one_output, Loss::bce_with_logits}, 6, 6);
  check_case({"mse", model({5}, {{"fc", Linear{5, 4}, {-1}}}), Loss::mse}, 6, 7);
}

TEST_CASE("every model of the zoo") {
  std::uint64_t seed = 300;
  for (const auto& entry : model_names()) {
    if (entry.name == "gcn" || entry.name == "deep-averaging") continue;  // below
    const ModelOptions options{.name = entry.name, .hidden = {9, 8}, .width = 4};
    check_case({entry.name, build_model(options, {1, 28, 28}, 3)}, 3, ++seed);
  }
  const GraphTask task{square_with_tail(), {2, 4}};
  check_case({"gcn", build_model({.name = "gcn", .hidden = {6}}, {5, 3}, 2, &task), Loss::mse}, 4,
             ++seed);
}

TEST_CASE("models of texts, with words that come twice and padding between them") {
  std::uint64_t seed = 350;
  for (const std::string name : {"deep-averaging", "lstm"}) {
    const auto spec =
        build_model({.name = name, .hidden = {9, 8}, .width = 4}, {12}, 3, nullptr, 7);
    for (const std::int64_t batch : {1, 2, 9})
      check_case({name, spec, Loss::cross_entropy, 7}, batch, ++seed, batch == 9 ? 2 : 0);
  }
}

/// Of normalisations over a few nearly equal values, which would magnify what float32 rounds off.
constexpr double kEpsilon = 0.1;

/// One to six layers drawn at random, and a linear one.
ModelSpec random_model(Stream& stream) {
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + stream.below(high - low + 1);
  };
  ModelSpec spec{"random", {}, 0, {}, {}};
  const bool picture = stream.below(2) == 0;
  spec.input_shape =
      picture ? Sizes{pick(1, 3), pick(6, 12), pick(6, 12)} : Sizes{pick(2, 6), pick(2, 6)};
  auto shape = spec.input_shape;
  const auto add = [&](Layer layer) {
    const auto index = static_cast<std::int64_t>(spec.nodes.size());
    spec.nodes.push_back({fmt::format("n{}", index), std::move(layer), {index - 1}});
    shape = shapes_of(spec).back();
  };
  for (std::int64_t depth = pick(1, 6); depth > 0; --depth) {
    if (shape.size() == 3) {
      const auto most = std::min(shape[1], shape[2]);
      switch (stream.below(6)) {
        case 0:
        case 1: {
          const auto kernel = pick(1, std::min<std::int64_t>(most, 4));
          add(Conv2d{shape[0], pick(1, 8), kernel, pick(1, 2), pick(0, 2)});
          break;
        }
        case 2:
          add(ConvTranspose2d{shape[0], pick(1, 3), 2, 2, 0, pick(0, 1)});
          break;
        case 3:
          if (most >= 2) add(MaxPool2d{2, pick(1, 2), 0});
          break;
        case 4:
          add(GroupNorm{shape[0], stream.below(2) == 0 ? 1 : shape[0], kEpsilon});
          break;
        case 5:
          add(Gain{{shape[0], 1, 1}});
          break;
      }
    } else {
      switch (stream.below(6)) {
        case 0:
          add(Linear{shape.back(), pick(2, 8)});
          break;
        case 1:
          add(Lstm{shape.back(), pick(1, 6)});
          break;
        case 2:
          add(Gru{shape.back(), pick(1, 6)});
          break;
        case 3:
          add(SelfAttention{shape.back(), 1, stream.below(2) == 0});
          break;
        case 4:
          add(LayerNorm{shape.back(), kEpsilon});
          break;
        case 5:
          add(Offset{{shape.back()}});
          break;
      }
    }
    if (stream.below(2) == 0) add(Activate{Activation::tanh});
  }
  spec.outputs = 1;
  return model(spec.input_shape, std::move(spec.nodes));
}

TEST_CASE("random models") {
  Stream draws(20);
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto spec = random_model(draws);
    INFO(to_json(spec).dump());
    check_case({"random", spec}, 1 + static_cast<std::int64_t>(i % 5), 1000 + i,
               static_cast<std::int64_t>(i % 3));
  }
}

}  // namespace
}  // namespace assay::dp
