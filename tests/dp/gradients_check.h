#pragma once

#include "core/random/stream.h"
#include "tests/catch.h"
#include "tests/dp/gradients_reference.h"

namespace assay::dp {

inline constexpr double kTolerance = 1e-5;

struct GradientCase {
  std::string name;
  ModelSpec spec;
  Loss loss = Loss::cross_entropy;
  std::int64_t tokens = 0;  ///< inputs are whole numbers below, where it is not 0
};

/// A model that ends in a linear layer of 3 outputs.
inline ModelSpec model(std::vector<std::int64_t> input_shape, std::vector<Node> nodes) {
  ModelSpec spec{"test", std::move(input_shape), 3, std::move(nodes), {}};
  const auto last = static_cast<std::int64_t>(spec.nodes.size()) - 1;
  spec.nodes.push_back({"end_flatten", Flatten{}, {last}});
  const auto features = shapes_of(spec).back().front();
  spec.nodes.push_back({"end", Linear{features, 3}, {last + 1}});
  validate(spec);
  return spec;
}

inline at::Tensor inputs_for(const GradientCase& c, std::int64_t batch, Stream& stream) {
  auto shape = c.spec.input_shape;
  shape.insert(shape.begin(), batch);
  if (c.tokens == 0) return stream.normal(shape);
  return (stream.uniform(shape, 0.0, 1.0) * static_cast<double>(c.tokens)).floor();
}

inline at::Tensor labels_for(const GradientCase& c, std::int64_t batch, Stream& stream) {
  if (c.loss == Loss::mse) return stream.normal({batch, c.spec.outputs});
  const auto classes = c.loss == Loss::bce_with_logits ? 2 : c.spec.outputs;
  return (stream.uniform({batch}, 0.0, 1.0) * static_cast<double>(classes)).floor().to(at::kLong);
}

/// Parameters away from special values, such as the 1 and 0 of normalisations. Large ones would
/// saturate the softmax, which leaves gradients of few digits.
inline Parameters parameters_for(const ModelSpec& spec, Stream& stream) {
  auto parameters = initial_parameters(spec, stream);
  const auto described = parameters_of(spec);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const auto spread = 0.3 / std::sqrt(static_cast<double>(described[k].fan_in));
    parameters[k] += stream.normal(parameters[k].sizes(), 0.0, spread);
  }
  return parameters;
}

inline void check_case(const GradientCase& c, std::int64_t batch, std::uint64_t seed,
                       std::int64_t slice = 0) {
  INFO(c.name << ", batch " << batch << ", seed " << seed);
  Stream stream(seed);
  const auto parameters = parameters_for(c.spec, stream);
  const auto inputs = inputs_for(c, batch, stream), labels = labels_for(c, batch, stream);
  const auto gradients = example_gradients(c.spec, parameters, c.loss, inputs, labels);
  double mean = 0;
  for (const auto& gradient : gradients)
    mean += norm_of(gradient) / static_cast<double>(batch);
  // About half of the examples are clipped.
  for (const auto kind : {ClippingKind::flat, ClippingKind::per_layer, ClippingKind::automatic}) {
    const ClippingOptions options{.kind = kind, .clip_norm = mean};
    const auto got = ClippedGradient(c.spec, c.loss, options, slice)(parameters, inputs, labels);
    const auto expected = clipped_by_definition(c.spec, options, gradients);
    CHECK(got.examples == batch);
    CHECK(got.not_finite == 0);
    REQUIRE(got.norms.size(0) == batch);
    for (std::int64_t i = 0; i < batch; ++i) {
      const auto norm = norm_of(gradients[static_cast<std::size_t>(i)]);
      CHECK(std::abs(got.norms[i].item<double>() - norm) <= kTolerance * norm);
    }
    // Where examples cancel, the rounding of each stays.
    double squares = 0;
    for (const auto& gradient : gradients)
      squares += std::pow(norm_of(clipped_by_definition(c.spec, options, {gradient})), 2);
    const double added_up = std::max(norm_of(expected), std::sqrt(squares));
    CHECK(distance(got.sum, expected) <= kTolerance * added_up);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      INFO(parameters_of(c.spec)[k].name);
      CHECK(distance({got.sum[k]}, {expected[k]}) <= kTolerance * added_up);
      CHECK(got.sum[k].sizes() == parameters[k].sizes());
      CHECK(got.sum[k].scalar_type() == at::kFloat);
    }
  }
}

}  // namespace assay::dp
