// Models whose layers share parameters, against each example's gradient by itself: a shared
// parameter has one gradient, the sum over its uses, whose norm has cross terms.
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "dp/gradients/replace.h"
#include "dp/system/dp_sgd.h"
#include "tests/core/models/tied_models.h"
#include "tests/dp/gradients_check.h"
#include "tests/federated/parameters.h"

namespace assay::dp {
namespace {

using Shared = std::map<std::string, std::string>;

/// `weight` and `bias` of a layer.
Shared both_of(const std::string& layer) {
  return {{"weight", layer + ".weight"}, {"bias", layer + ".bias"}};
}

ModelSpec embedding_thrice() {
  return model({6}, {{"embedding", Embedding{5, 5}, {-1}},
                     {"act", Activate{Activation::tanh}, {0}},
                     {"back", Linear{5, 5}, {1}, {{"weight", "embedding.weight"}}},
                     {"again", Embedding{5, 5}, {-1}, {{"weight", "embedding.weight"}}},
                     {"sum", Add{}, {2, 3}}});
}

std::vector<GradientCase> cases() {
  std::vector<GradientCase> out;
  const auto add = [&](const std::string& name, ModelSpec spec, std::int64_t tokens = 0) {
    validate(spec);
    out.push_back({name, std::move(spec), Loss::cross_entropy, tokens});
  };
  add("linear", twice({6}, Linear{6, 6}));
  add("linear over a sequence", twice({3, 7}, Linear{7, 7}));
  add("linear over a long sequence", twice({30, 3}, Linear{3, 3}));
  add("linear, biases apart", model({6}, {{"a", Linear{6, 6}, {-1}},
                                          {"act", Activate{Activation::tanh}, {0}},
                                          {"b", Linear{6, 6}, {1}, {{"weight", "a.weight"}}}}));
  add("linear, biases alone", model({6}, {{"a", Linear{6, 6}, {-1}},
                                          {"act", Activate{Activation::tanh}, {0}},
                                          {"b", Linear{6, 6}, {1}, {{"bias", "a.bias"}}}}));
  add("linear on one input", model({6}, {{"a", Linear{6, 5}, {-1}},
                                         {"act", Activate{Activation::tanh}, {0}},
                                         {"b", Linear{6, 5}, {-1}, both_of("a")},
                                         {"product", Multiply{}, {1, 2}}}));
  add("convolution", twice({2, 6, 6}, Conv2d{2, 2, 3, 1, 1}));
  add("convolution, ghost norm", twice({6, 8, 8}, Conv2d{6, 6, 4, 1, 0}));
  add("convolution in groups", twice({4, 6, 6}, Conv2d{4, 4, 3, 1, 1, 2}));
  add("convolutions with other strides",
      model({2, 9, 9}, {{"a", Conv2d{2, 2, 3, 1, 1}, {-1}},
                        {"act", Activate{}, {0}},
                        {"b", Conv2d{2, 2, 3, 2, 0}, {1}, both_of("a")}}));
  add("convolution of sequences", twice({3, 8}, Conv1d{3, 3, 3, 1, 1}));
  add("transposed convolution", twice({2, 4, 4}, ConvTranspose2d{2, 2, 3, 1, 1, 0}));
  add("convolution and its transpose",
      model({2, 6, 6},
            {{"down", Conv2d{2, 4, 3, 2, 1}, {-1}},
             {"act", Activate{Activation::tanh}, {0}},
             {"up", ConvTranspose2d{4, 2, 3, 2, 1, 1}, {1}, {{"weight", "down.weight"}}}}));
  add("tied embedding", tied_text_model(7, 4, 6), 7);
  add("tied embedding of pairs",
      model({3, 2},
            {{"a", Embedding{4, 3}, {-1}}, {"b", Linear{3, 4}, {0}, {{"weight", "a.weight"}}}}),
      4);
  add("table used thrice", embedding_thrice(), 5);
  add("lstm", twice({4, 3}, Lstm{3, 3}));
  add("lstms that share a bias",
      model(
          {4, 3},
          {{"a", Lstm{3, 3}, {-1}},
           {"b",
            Lstm{3, 3},
            {0},
            {{"bias_ih", "a.bias_hh"}, {"bias_hh", "a.bias_hh"}, {"weight_hh", "a.weight_ih"}}}}));
  add("gru", twice({4, 3}, Gru{3, 3}));
  add("attention", twice({3, 4}, SelfAttention{4, 2, true}));
  add("attention, half of it",
      model({3, 4}, {{"a", SelfAttention{4, 2, false}, {-1}},
                     {"b",
                      SelfAttention{4, 1, true},
                      {0},
                      {{"out_weight", "a.out_weight"}, {"in_bias", "a.in_bias"}}}}));
  add("layer norm", twice({3, 4}, LayerNorm{4, 0.1}));
  add("group norm", twice({4, 3, 3}, GroupNorm{4, 2, 0.1}));
  add("offset and gain", model({3, 4}, {{"a", Offset{{3, 4}}, {-1}},
                                        {"act", Activate{Activation::tanh}, {0}},
                                        {"b", Gain{{3, 4}}, {1}, {{"weight", "a.weight"}}},
                                        {"c", Offset{{3, 4}}, {2}, {{"weight", "a.weight"}}}}));
  const Graph graph{4, {{0, 1}, {1, 2}, {2, 3}}};
  add("graph convolution and linear",
      model({4, 3}, {{"a", GraphConv{3, 3, graph, {}}, {-1}},
                     {"act", Activate{Activation::tanh}, {0}},
                     {"b", Linear{3, 3}, {1}, both_of("a")},
                     {"c", GraphConv{3, 3, graph, {2, 0}}, {2}, both_of("a")}}));
  return out;
}

/// What one gets who adds up the squares of a shared parameter's uses as if each were a parameter
/// by itself, from each example's gradient in the untied graph.
std::vector<double> norms_without_cross_terms(const GradientCase& c, const Parameters& parameters,
                                              const at::Tensor& inputs, const at::Tensor& labels) {
  std::vector<double> out;
  for (const auto& gradient :
       example_gradients(untied(c.spec), copied(c.spec, parameters), c.loss, inputs, labels))
    out.push_back(norm_of(gradient));
  return out;
}

TEST_CASE("norms and clipped sums of tied models are those of each example by itself") {
  std::uint64_t seed = 500;
  for (const auto& c : cases()) {
    for (const std::int64_t batch : {1, 6})
      check_case(c, batch, ++seed);
    check_case(c, 5, ++seed, 2);
  }
}

TEST_CASE("those cases would find dropped cross terms") {
  std::uint64_t seed = 700;
  for (const auto& c : cases()) {
    INFO(c.name);
    Stream stream(++seed);
    constexpr std::int64_t kBatch = 6;
    const auto parameters = parameters_for(c.spec, stream);
    const auto inputs = inputs_for(c, kBatch, stream), labels = labels_for(c, kBatch, stream);
    const auto wrong = norms_without_cross_terms(c, parameters, inputs, labels);
    const auto right =
        ClippedGradient(c.spec, c.loss, {.clip_norm = kNoClipping})(parameters, inputs, labels)
            .norms;
    double largest = 0.0;
    for (std::size_t i = 0; i < wrong.size(); ++i) {
      const auto norm = right[static_cast<std::int64_t>(i)].item<double>();
      largest = std::max(largest, std::abs(wrong[i] - norm) / norm);
    }
    CHECK(largest > 10.0 * kTolerance);
  }
}

/// Of one parameter w used twice, |g_1 + g_2| = 2 |g| where both uses do the same and 0 where they
/// cancel; sqrt(2) |g| with no cross terms.
TEST_CASE("uses that agree double a norm, and uses that cancel leave none") {
  for (const double sign : {1.0, -1.0}) {
    ModelSpec spec{"w x + sign w x",
                   {2},
                   1,
                   {{"a", Linear{2, 1}, {-1}},
                    {"b", Linear{2, 1}, {-1}, both_of("a")},
                    {"signed", Scale{sign, 0.0}, {1}},
                    {"sum", Add{}, {0, 2}}},
                   {}};
    const Parameters parameters = {at::zeros({1, 2}), at::zeros({1})};
    const auto x = at::ones({1, 2}), y = at::ones({1, 1});
    // The loss 1/1 (f - 1)^2 has the slope -2 in f: g = -2 (1, 1, 1) for each use.
    const auto got = ClippedGradient(spec, Loss::mse, {.clip_norm = 1.0})(parameters, x, y);
    const auto g = 2.0 * std::sqrt(3.0);
    CHECK(got.norms[0].item<double>() == Approx(sign > 0 ? 2.0 * g : 0.0).margin(1e-9));
    CHECK(norm_of(got.sum) == Approx(sign > 0 ? 1.0 : 0.0).margin(1e-5));
  }
}

TEST_CASE("a shared parameter is clipped with the layer that has it") {
  const auto text = tied_text_model(7, 4, 6);
  auto layers = parameter_layers(text);
  REQUIRE(layers.size() == 2);
  CHECK((layers[0].node == 0 && layers[0].first == 0 && layers[0].count == 1));
  CHECK((layers[1].node == 4 && layers[1].first == 1 && layers[1].count == 1));  // head.bias
  layers = parameter_layers(twice({6}, Linear{6, 6}));
  REQUIRE(layers.size() == 2);  // "second" is none
  CHECK((layers[0].node == 0 && layers[0].first == 0 && layers[0].count == 2));
  CHECK((layers[1].node == 4 && layers[1].first == 2 && layers[1].count == 2));

  // Bounds of the layers that meet each: (table, bias of the output layer).
  const GradientCase c{"text", text, Loss::cross_entropy, 7};
  Stream stream(8);
  const auto parameters = parameters_for(text, stream);
  const auto inputs = inputs_for(c, 1, stream), labels = labels_for(c, 1, stream);
  const ClippingOptions options{.kind = ClippingKind::per_layer, .layer_norms = {1e-3, 2e-3}};
  const auto got = ClippedGradient(text, c.loss, options)(parameters, inputs, labels);
  CHECK(norm_of({got.sum[0]}) == Approx(1e-3).epsilon(1e-5));
  CHECK(norm_of({got.sum[1]}) == Approx(2e-3).epsilon(1e-5));
  CHECK(options.sensitivity(text) == Approx(std::sqrt(5.0) * 1e-3));
}

TEST_CASE("an empty batch of a tied model gives zeros") {
  for (const auto kind : {ClippingKind::flat, ClippingKind::per_layer, ClippingKind::automatic}) {
    for (const auto& c : cases()) {
      Stream stream(1);
      const auto got = ClippedGradient(c.spec, c.loss, {.kind = kind})(
          initial_parameters(c.spec, stream), inputs_for(c, 0, stream), labels_for(c, 0, stream));
      REQUIRE(got.sum.size() == parameters_of(c.spec).size());
      CHECK(norm_of(got.sum) == 0.0);
      CHECK(got.examples == 0);
    }
  }
}

TEST_CASE("a use that the loss does not depend on adds nothing") {
  // Once the layer that has the parameters leads nowhere, once one that shares them.
  for (const std::int64_t used : {0, 1}) {
    check_case({"unused", model({6}, {{"a", Linear{6, 5}, {-1}},
                                      {"b", Linear{6, 5}, {-1}, both_of("a")},
                                      {"act", Activate{Activation::tanh}, {used}}})},
               5, 20 + static_cast<std::uint64_t>(used));
  }
}

TEST_CASE("an example that is not finite adds nothing to a shared parameter") {
  const GradientCase c{"linear", twice({6}, Linear{6, 6})};
  Stream stream(5);
  const auto parameters = parameters_for(c.spec, stream);
  const auto inputs = inputs_for(c, 5, stream), labels = labels_for(c, 5, stream);
  const ClippedGradient gradient(c.spec, c.loss, {.clip_norm = 0.1});
  const auto with = [&](double value) {
    auto changed = inputs.clone();
    changed[2][3] = value;
    return gradient(parameters, changed, labels);
  };
  const auto rest = gradient(parameters, inputs.index_select(0, at::tensor({0, 1, 3, 4})),
                             labels.index_select(0, at::tensor({0, 1, 3, 4})));
  const auto got = with(std::numeric_limits<double>::quiet_NaN());
  CHECK(got.not_finite == 1);
  CHECK(distance(got.sum, rest.sum) <= kTolerance * norm_of(rest.sum));
}

TEST_CASE("normalisations that take the place of others share what those shared") {
  const auto spec = without_cross_example_layers(twice({4, 3, 3}, BatchNorm{4, 0.1}));
  CHECK(std::holds_alternative<GroupNorm>(spec.nodes[2].layer));
  CHECK(spec.nodes[2].shared == both_of("first"));
  check_case({"norms", spec}, 5, 31);
}

/// Layers of one width, two to seven of them, of which every parameter may be an earlier one of its
/// shape.
ModelSpec random_tied_model(Stream& stream, bool words) {
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + stream.below(high - low + 1);
  };
  const auto width = pick(2, 5);
  const bool picture = !words && stream.below(2) == 0;
  const auto input = words     ? std::vector<std::int64_t>{pick(2, 6)}
                     : picture ? std::vector<std::int64_t>{width, pick(3, 6), pick(3, 6)}
                               : std::vector<std::int64_t>{pick(2, 6), width};
  std::vector<Layer> layers;
  if (words) layers.emplace_back(Embedding{width, width});
  for (std::int64_t depth = pick(2, 6); depth > 0; --depth) {
    if (picture) {
      const std::vector<Layer> kinds = {
          Conv2d{width, width, 3, 1, 1}, ConvTranspose2d{width, width, 3, 1, 1, 0},
          GroupNorm{width, 1, 0.1}, Gain{{width, 1, 1}}, Offset{{width, 1, 1}}};
      layers.push_back(kinds[static_cast<std::size_t>(stream.below(5))]);
    } else {
      const std::vector<Layer> kinds = {Linear{width, width},
                                        Linear{width, width},
                                        Lstm{width, width},
                                        Gru{width, width},
                                        SelfAttention{width, 1, true},
                                        LayerNorm{width, 0.1},
                                        Offset{{width}},
                                        Gain{{width}}};
      layers.push_back(kinds[static_cast<std::size_t>(stream.below(8))]);
    }
    if (stream.below(2) == 0) layers.emplace_back(Activate{Activation::tanh});
  }
  std::vector<Node> nodes;
  std::vector<ParameterSpec> owned;
  for (auto& layer : layers) {
    const auto index = static_cast<std::int64_t>(nodes.size());
    auto& node = nodes.emplace_back(Node{fmt::format("n{}", index), std::move(layer), {index - 1}});
    auto earlier = owned;
    for (const auto& parameter : parameters_of(node)) {
      std::vector<std::string> alike;
      for (const auto& other : earlier)
        if (other.shape == parameter.shape) alike.push_back(other.name);
      if (!alike.empty() && stream.below(2) == 0) {
        node.shared[parameter.name.substr(node.name.size() + 1)] =
            alike[static_cast<std::size_t>(stream.below(std::ssize(alike)))];
      } else {
        owned.push_back(parameter);
      }
    }
  }
  return model(input, std::move(nodes));
}

TEST_CASE("random models with ties") {
  Stream draws(40);
  std::int64_t tied = 0;
  for (std::uint64_t i = 0; i < 80; ++i) {
    const bool words = i % 4 == 0;
    const auto spec = random_tied_model(draws, words);
    INFO(to_json(spec).dump());
    for (const auto& node : spec.nodes)
      tied += std::ssize(node.shared);
    // Of words, as many as the table has rows.
    const auto tokens = words ? std::get<Embedding>(spec.nodes[0].layer).tokens : 0;
    check_case({"random", spec, Loss::cross_entropy, tokens}, 1 + static_cast<std::int64_t>(i % 5),
               2000 + i, static_cast<std::int64_t>(i % 3));
  }
  CHECK(tied > 100);
}

TEST_CASE("a tied text model trains on exactly clipped sums", "[dp]") {
  SmallRun run;
  run.clients = 2;
  run.records = 12;
  run.how = {.rounds = 3, .batch = 6, .optimizer = {.lr = 0.5}};
  // Numbers in [0, 1) as the words 0, 1 and 2.
  run.model = tied_text_model(3, 4, 6);
  run.model.nodes.insert(run.model.nodes.begin(), Node{"words", Scale{2.4, 0.0}, {-1}});
  for (std::size_t i = 1; i < run.model.nodes.size(); ++i)
    run.model.nodes[i].inputs[0] += 1;
  validate(run.model);
  const auto data = run.data();
  for (const auto kind : {ClippingKind::flat, ClippingKind::per_layer, ClippingKind::automatic}) {
    DpSgdOptions options{.noise_multiplier = 0.0, .sampling = Sampling::full};
    options.clipping.kind = kind;
    options.clipping.clip_norm = 0.3;
    run.make_system = [options] { return make_dp_sgd(options); };
    auto stream = Stream(3).child("weights");
    auto w = initial_parameters(run.model, stream);
    for (std::int64_t step = 0; step < run.how.rounds; ++step) {
      const auto sum = clipped_by_definition(
          run.model, options.clipping,
          example_gradients(run.model, w, run.how.loss, data.inputs, data.labels));
      for (std::size_t k = 0; k < w.size(); ++k)
        w[k] = w[k] - (run.how.optimizer.lr / 12.0 * sum[k]).to(at::kFloat);
    }
    check_close(released(run), w, 1e-4, 1e-6);
  }
}

}  // namespace
}  // namespace assay::dp
