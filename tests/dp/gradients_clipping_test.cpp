// What clipping promises: a bound on what one example adds, whatever the example.
#include <limits>

#include "core/models/zoo.h"
#include "core/random/stream.h"
#include "dp/gradients/replace.h"
#include "dp/gradients/rules.h"
#include "tests/catch.h"
#include "tests/dp/gradients_reference.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

constexpr auto kInfinity = std::numeric_limits<double>::infinity();
constexpr auto kNaN = std::numeric_limits<double>::quiet_NaN();

struct Batch {
  ModelSpec spec;
  Parameters parameters;
  at::Tensor inputs, labels;
};

Batch mlp_batch(std::int64_t size, std::uint64_t seed) {
  Stream stream(seed);
  Batch out{build_model({.name = "mlp", .hidden = {8, 6}}, {5}, 3), {}, {}, {}};
  out.parameters = initial_parameters(out.spec, stream);
  out.inputs = stream.normal({size, 5});
  out.labels = (stream.uniform({size}, 0.0, 3.0)).floor().to(at::kLong);
  return out;
}
Batch cnn_batch(std::int64_t size, std::uint64_t seed) {
  Stream stream(seed);
  Batch out{build_model({.name = "cnn", .width = 4}, {1, 12, 12}, 3), {}, {}, {}};
  out.parameters = initial_parameters(out.spec, stream);
  out.inputs = stream.normal({size, 1, 12, 12});
  out.labels = (stream.uniform({size}, 0.0, 3.0)).floor().to(at::kLong);
  return out;
}

ClippedSum clipped(const Batch& b, const ClippingOptions& options = {},
                   std::int64_t micro_batch = 0) {
  return ClippedGradient(b.spec, Loss::cross_entropy, options, micro_batch)(b.parameters, b.inputs,
                                                                            b.labels);
}

Batch part(const Batch& b, std::int64_t first, std::int64_t count) {
  return {b.spec, b.parameters, b.inputs.narrow(0, first, count), b.labels.narrow(0, first, count)};
}

void check_zero(const ClippedSum& got, const ModelSpec& spec) {
  const auto parameters = parameters_of(spec);
  REQUIRE(got.sum.size() == parameters.size());
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    CHECK(got.sum[k].sizes() == at::IntArrayRef(parameters[k].shape));
    CHECK(got.sum[k].eq(0).all().item<bool>());
  }
}

TEST_CASE("an empty batch gives zeros") {
  for (const auto kind : {ClippingKind::flat, ClippingKind::per_layer, ClippingKind::automatic}) {
    const auto b = cnn_batch(0, 1);
    const auto got = clipped(b, {.kind = kind});
    check_zero(got, b.spec);
    CHECK(got.norms.sizes() == at::IntArrayRef{0});
    CHECK(got.examples == 0);
    CHECK(got.loss == 0.0);
  }
  check_zero(ClippedSum::zeros(mlp_batch(1, 1).spec), mlp_batch(1, 1).spec);
}

TEST_CASE("counts and losses are those of the examples") {
  const auto b = mlp_batch(40, 2);
  const auto gradients =
      example_gradients(b.spec, b.parameters, Loss::cross_entropy, b.inputs, b.labels);
  std::int64_t above = 0;
  const double clip_norm = 1.0;
  for (const auto& gradient : gradients)
    above += norm_of(gradient) > clip_norm ? 1 : 0;
  REQUIRE(above > 5);
  REQUIRE(above < 35);
  const auto got = clipped(b, {.clip_norm = clip_norm});
  CHECK(got.clipped == above);
  const auto mean =
      loss_and_gradient(b.spec, b.parameters, Loss::cross_entropy, b.inputs, b.labels).loss;
  CHECK(std::abs(got.loss - 40 * mean) < 1e-4);
  CHECK(clipped(b, {.clip_norm = 1e9}).clipped == 0);
  CHECK(clipped(b, {.clip_norm = 1e-9}).clipped == 40);
}

TEST_CASE("one example adds at most the sensitivity, however large its gradient") {
  for (const double scale : {1e-3, 1.0, 1e3, 1e6}) {
    auto b = cnn_batch(12, 3);
    b.inputs = b.inputs * scale;
    for (const auto kind : {ClippingKind::flat, ClippingKind::per_layer, ClippingKind::automatic}) {
      const ClippingOptions options{.kind = kind, .clip_norm = 0.7};
      for (std::int64_t i = 0; i < 12; ++i) {
        const auto got = clipped(part(b, i, 1), options);
        CHECK(norm_of(got.sum) <= options.sensitivity(b.spec) * (1 + 1e-6));
      }
    }
  }
}

TEST_CASE("the sensitivity of per-layer clipping is the root of the sum of squares") {
  const auto b = mlp_batch(6, 4);
  const ClippingOptions one_for_all{.kind = ClippingKind::per_layer, .clip_norm = 0.9};
  CHECK(one_for_all.sensitivity(b.spec) == 0.9);
  const ClippingOptions options{.kind = ClippingKind::per_layer, .layer_norms = {0.3, 0.4, 1.2}};
  CHECK(std::abs(options.sensitivity(b.spec) - 1.3) < 1e-12);
  // Were it the largest C_l, or the C of each layer, an example would add more than that.
  auto large = b;
  large.inputs = b.inputs * 1e3;
  double most = 0;
  for (std::int64_t i = 0; i < 6; ++i)
    most = std::max(most, norm_of(clipped(part(large, i, 1), options).sum));
  CHECK(most > 1.2 * 1.05);
  CHECK(most <= 1.3 * (1 + 1e-6));
  const auto& layers = parameter_layers(b.spec);
  REQUIRE(layers.size() == 3);
  const auto got = clipped(part(large, 0, 1), options);
  for (std::size_t l = 0; l < 3; ++l) {
    CHECK(std::sqrt(square_norm(got.sum, layers[l].first, layers[l].count)) <=
          options.layer_norms[l] * (1 + 1e-6));
  }
}

TEST_CASE("micro-batches add up to the batch, and so do virtual steps") {
  const auto b = cnn_batch(13, 5);
  for (const auto kind : {ClippingKind::flat, ClippingKind::per_layer, ClippingKind::automatic}) {
    const ClippingOptions options{.kind = kind, .clip_norm = 0.5};
    const auto whole = clipped(b, options);
    const auto agrees = [&](const ClippedSum& other) {
      CHECK(distance(other.sum, whole.sum) <= 1e-6 * norm_of(whole.sum));
      CHECK((other.norms - whole.norms).abs().max().item<double>() < 1e-5);
      CHECK(other.examples == 13);
      CHECK(other.clipped == whole.clipped);
      CHECK(std::abs(other.loss - whole.loss) < 1e-5);
    };
    for (const std::int64_t slice : {1, 4, 13, 100})
      agrees(clipped(b, options, slice));
    auto sum = ClippedSum::zeros(b.spec);
    sum += clipped(part(b, 0, 5), options);
    sum += clipped(part(b, 5, 0), options);
    sum += clipped(part(b, 5, 8), options);
    agrees(sum);
  }
}

TEST_CASE("clipping the mean of a micro-batch breaks the bound, clipping examples keeps it") {
  // Two examples with opposite large gradients: their mean is small and not clipped. A third one
  // makes it large: the sum moves by three times the clip norm.
  const auto spec = build_model({.name = "logistic-regression"}, {2}, 2);
  const Parameters parameters = {at::zeros({2, 2}), at::zeros({2})};
  const Batch three{spec, parameters, at::full({3, 2}, 400.0),
                    at::tensor(std::vector<std::int64_t>{0, 1, 0})};
  const auto two = part(three, 0, 2);
  const double clip_norm = 1.0;
  const auto mean_clipped = [&](const Batch& b) {
    auto gradient =
        loss_and_gradient(spec, parameters, Loss::cross_entropy, b.inputs, b.labels).gradient;
    const auto factor = std::min(1.0, clip_norm / norm_of(gradient));
    for (auto& g : gradient)
      g *= factor * static_cast<double>(b.inputs.size(0));
    return gradient;
  };
  CHECK(distance(mean_clipped(three), mean_clipped(two)) > 2.9 * clip_norm);
  const ClippingOptions options{.clip_norm = clip_norm};
  CHECK(distance(clipped(three, options).sum, clipped(two, options).sum) <= clip_norm * (1 + 1e-6));
}

TEST_CASE("a norm without the biases is another norm") {
  // Inputs of zero: only biases have gradients, so that a norm of weights alone clips nothing.
  auto b = mlp_batch(4, 6);
  b.spec = build_model({.name = "logistic-regression"}, {5}, 3);
  b.parameters = {at::zeros({3, 5}), at::zeros({3})};
  b.inputs = at::zeros({4, 5});
  const auto got = clipped(b, {.clip_norm = 0.01});
  CHECK(got.clipped == 4);
  for (std::int64_t i = 0; i < 4; ++i) {
    CHECK(got.norms[i].item<double>() > 0.5);
    CHECK(norm_of(clipped(part(b, i, 1), {.clip_norm = 0.01}).sum) <= 0.01 * (1 + 1e-6));
  }
  // The flawed variant, which the bound above catches.
  const auto gradients =
      example_gradients(b.spec, b.parameters, Loss::cross_entropy, b.inputs, b.labels);
  const auto of_weights = std::sqrt(square_norm(gradients[0], 0, 1));
  CHECK(std::min(1.0, 0.01 / of_weights) * norm_of(gradients[0]) > 0.5);
}

TEST_CASE("an example that is not finite adds nothing, and is counted") {
  auto b = cnn_batch(8, 7);
  const auto without = [&](const std::vector<std::int64_t>& kept) {
    const auto index = at::tensor(kept, at::kLong);
    Batch out{b.spec, b.parameters, b.inputs.index_select(0, index),
              b.labels.index_select(0, index)};
    return out;
  };
  const auto others = clipped(without({0, 2, 3, 5, 6}), {.clip_norm = 0.5});
  b.inputs[1][0][3][3] = kNaN;
  b.inputs[4][0][0][0] = kInfinity;
  b.inputs[7] *= 1e38;  // finite, and too large for what comes after it
  for (const std::int64_t slice : {0, 1, 3}) {
    const auto got = clipped(b, {.clip_norm = 0.5}, slice);
    CHECK(got.not_finite == 3);
    CHECK(got.examples == 8);
    CHECK(got.clipped == others.clipped);
    CHECK(distance(got.sum, others.sum) <= 1e-6 * norm_of(others.sum));
    CHECK(std::abs(got.loss - others.loss) < 1e-5);
    for (const std::int64_t i : {1, 4, 7})
      CHECK(!std::isfinite(got.norms[i].item<double>()));
  }
  const auto alone = clipped(part(b, 1, 1));
  check_zero(alone, b.spec);
  CHECK(alone.not_finite == 1);
}

TEST_CASE("a loss that overflows counts as not finite, a target that is not a number too") {
  const auto spec = build_model({.name = "mlp", .hidden = {4}}, {3}, 2);
  Stream stream(8);
  Batch b{spec, initial_parameters(spec, stream), stream.normal({4, 3}), stream.normal({4, 2})};
  b.labels[1][0] = 1e30;  // squared: above float32
  b.labels[2][1] = kNaN;
  const auto got = ClippedGradient(spec, Loss::mse, {})(b.parameters, b.inputs, b.labels);
  CHECK(got.not_finite == 2);
  CHECK(std::isfinite(got.loss));
  CHECK(std::isfinite(norm_of(got.sum)));
}

TEST_CASE("a token that is not a number is not finite, one without a row is refused") {
  ModelSpec spec{"text", {3}, 2, {}, {}};
  spec.nodes = {{"embedding", Embedding{4, 5}, {-1}},
                {"flatten", Flatten{}, {0}},
                {"fc", Linear{15, 2}, {1}}};
  Stream stream(9);
  const auto parameters = initial_parameters(spec, stream);
  const ClippedGradient gradient(spec, Loss::cross_entropy, {});
  auto tokens = at::tensor(std::vector<float>{0, 1, 3, 2, 2, 2}).reshape({2, 3});
  const auto labels = at::tensor(std::vector<std::int64_t>{0, 1});
  tokens[0][1] = kNaN;
  const auto got = gradient(parameters, tokens, labels);
  CHECK(got.not_finite == 1);
  CHECK(distance(got.sum,
                 gradient(parameters, tokens.narrow(0, 1, 1), labels.narrow(0, 1, 1)).sum) < 1e-7);
  tokens[0][1] = 4.0;
  CHECK_THROWS_WITH(gradient(parameters, tokens, labels), Contains("expected tokens"));
}

TEST_CASE("terms that cancel in a ghost norm do not let a large gradient through") {
  // Steps with the same input and opposite gradients, far larger than their sum.
  const std::int64_t steps = 2;
  const auto a = at::ones({1, steps, 64}) * 1e4;
  auto g = at::ones({1, steps, 64}) * 1e4;
  g[0][1] *= -1.0 + 1e-4;
  const Products products{0, 1, a, g};
  const auto exact = a[0].to(at::kDouble).t().matmul(g[0].to(at::kDouble)).norm().item<double>();
  const auto norm = products.square_norms().sqrt().item<double>();
  CHECK(norm >= 0.99 * exact);
  // The sum of products in float32 alone would be off by more than that.
  const auto of_a = a.bmm(a.transpose(1, 2)), of_g = g.bmm(g.transpose(1, 2));
  const auto plain = (of_a * of_g).sum().clamp_min(0).sqrt().item<double>();
  CHECK(std::abs(plain - exact) > 0.01 * exact);
}

TEST_CASE("layers without a rule of their own are computed one example at a time") {
  Stream stream(10);
  const Layer layer = Linear{4, 3};
  const auto x = stream.normal({5, 4}), g = stream.normal({5, 3});
  const Parameters parameters = {stream.normal({3, 4}), stream.normal({3})};
  const TapedLayer taped{0, {0, 1}, {x}, {g}, {}};
  const auto parts = one_example_at_a_time(layer, parameters, taped);
  REQUIRE(parts.size() == 2);
  const auto& weight = std::get<Instantiated>(parts[0]);
  const auto& bias = std::get<Instantiated>(parts[1]);
  CHECK((weight.g - g.unsqueeze(2) * x.unsqueeze(1)).abs().max().item<double>() < 1e-6);
  CHECK((bias.g - g).abs().max().item<double>() < 1e-6);
  CHECK(weight.parameter == 0);
  CHECK(bias.parameter == 1);
}

TEST_CASE("a BatchNorm is refused, with its replacement named, and replaced on request") {
  ModelSpec spec{"bn", {48, 4, 4}, 2, {}, {}};
  spec.nodes = {{"conv", Conv2d{48, 48, 3, 1, 1}, {-1}},
                {"norm1", BatchNorm{48, 1e-4}, {0}},
                {"flatten", Flatten{}, {1}},
                {"fc1", Linear{768, 10}, {2}},
                {"norm2", BatchNorm{10}, {3}},
                {"fc2", Linear{10, 2}, {4}}};
  CHECK_THROWS_WITH(ClippedGradient(spec, Loss::cross_entropy, {}),
                    Contains("norm1") && Contains("GroupNorm of 16 groups"));
  const auto replaced = without_cross_example_layers(spec);
  CHECK(replaced.nodes[1].layer == Layer{GroupNorm{48, 16, 1e-4}});
  CHECK(replaced.nodes[4].layer == Layer{LayerNorm{10, 1e-5}});
  CHECK(statistics_of(replaced).empty());
  const auto before = parameters_of(spec), after = parameters_of(replaced);
  REQUIRE(before.size() == after.size());
  for (std::size_t k = 0; k < before.size(); ++k) {
    CHECK(before[k].name == after[k].name);
    CHECK(before[k].shape == after[k].shape);
  }
  Stream stream(11);
  const auto parameters = initial_parameters(replaced, stream);
  const auto x = stream.normal({3, 48, 4, 4});
  const auto y = at::tensor(std::vector<std::int64_t>{0, 1, 1});
  const auto got =
      ClippedGradient(replaced, Loss::cross_entropy, {.clip_norm = 0.1})(parameters, x, y);
  const auto expected =
      clipped_by_definition(replaced, {.clip_norm = 0.1},
                            example_gradients(replaced, parameters, Loss::cross_entropy, x, y));
  CHECK(distance(got.sum, expected) <= 1e-5 * norm_of(expected));
  ModelSpec features = spec;
  features.nodes[1].layer = GroupNorm{48, 16, 1e-4};
  CHECK_THROWS_WITH(ClippedGradient(features, Loss::cross_entropy, {}),
                    Contains("norm2") && Contains("LayerNorm"));
}

TEST_CASE("options and batches that do not fit are refused") {
  const auto b = mlp_batch(3, 12);
  const auto with = [&](const ClippingOptions& options, std::int64_t micro_batch = 0) {
    return ClippedGradient(b.spec, Loss::cross_entropy, options, micro_batch);
  };
  CHECK_THROWS_WITH(with({.clip_norm = 0.0}), Contains("clip_norm"));
  CHECK_THROWS_WITH(with({.clip_norm = kNaN}), Contains("clip_norm"));
  CHECK_THROWS_WITH(with({.clip_norm = kInfinity}), Contains("clip_norm"));
  CHECK_THROWS_WITH(with({.layer_norms = {1, 1, 1}}), Contains("per-layer clipping alone"));
  CHECK_THROWS_WITH(with({.kind = ClippingKind::per_layer, .layer_norms = {1, 1}}),
                    Contains("each of the 3 layers"));
  CHECK_THROWS_WITH(with({.kind = ClippingKind::per_layer, .layer_norms = {1, -1, 1}}),
                    Contains("the norm of a layer"));
  CHECK_THROWS_WITH(with({.kind = ClippingKind::automatic, .stabilizer = 0}),
                    Contains("stabilizer"));
  CHECK_THROWS_WITH(with({}, -1), Contains("micro_batch"));
  auto gradient = with({});
  CHECK_THROWS_WITH(gradient(b.parameters, b.inputs.narrow(1, 0, 4), b.labels),
                    Contains("examples of shape [5]"));
  CHECK_THROWS_WITH(gradient(b.parameters, b.inputs, b.labels.narrow(0, 0, 2)),
                    Contains("labels of 3 examples"));
  CHECK_THROWS_WITH(gradient({b.parameters[0]}, b.inputs, b.labels),
                    Contains("6 parameter tensors"));
  CHECK_THROWS_WITH(gradient.set_clip_norm(0.0), Contains("clip_norm"));
  gradient.set_clip_norm(0.25);
  CHECK(gradient.sensitivity() == 0.25);
  auto own = with({.kind = ClippingKind::per_layer, .layer_norms = {1, 1, 1}});
  CHECK_THROWS_WITH(own.set_clip_norm(1.0), Contains("norms of single layers"));
  auto sum = clipped(b);
  CHECK_THROWS_WITH(sum += clipped(cnn_batch(1, 1)), Contains("clipped sum of 6 parameters"));
}

TEST_CASE("gradients are taken whatever the caller's mode, and the phases' times add up") {
  const auto b = mlp_batch(6, 13);
  const auto expected = clipped(b);
  Parameters tracked;
  for (const auto& parameter : b.parameters)
    tracked.push_back(parameter.detach().clone().requires_grad_(true));
  PhaseTimes times;
  const auto got =
      ClippedGradient(b.spec, Loss::cross_entropy, {})(tracked, b.inputs, b.labels, &times);
  CHECK(distance(got.sum, expected.sum) == 0.0);
  for (const auto& sum : got.sum)
    CHECK(!sum.requires_grad());
  for (const double seconds : {times.forward, times.backward, times.norms, times.clip})
    CHECK(seconds > 0.0);
}

}  // namespace
}  // namespace assay::dp
