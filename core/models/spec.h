#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/models/graph.h"
#include "core/models/normalization_layers.h"
#include "core/models/sequence_layers.h"
#include "core/models/tensor_layers.h"

namespace assay {

/// y = W x + b on the last dimension. Parameters: weight [out, in], bias [out].
struct Linear {
  std::int64_t in = 0, out = 0;
  bool operator==(const Linear&) const = default;
};

/// Square 2-D convolution, zero padding, in groups: the first of `groups` equal parts of the output
/// channels looks at the first part of the input channels alone, and so on. Parameters: weight
/// [out, in / groups, kernel, kernel], bias [out].
struct Conv2d {
  std::int64_t in = 0, out = 0, kernel = 1, stride = 1, padding = 0, groups = 1;
  bool operator==(const Conv2d&) const = default;
};

enum class Activation {
  relu,
  sigmoid,
  tanh,
  gelu,  ///< exact: x Phi(x)
  silu,
  leaky_relu,  ///< `slope` below 0
  relu6,
  hardtanh,  ///< the nearest number in [-1, 1]
  erf,
};
struct Activate {
  Activation function = Activation::relu;
  double slope = 0.01;
  bool operator==(const Activate&) const = default;
};

/// Square pooling windows. Padding never is the largest, and counts as zeros in a mean.
struct MaxPool2d {
  std::int64_t kernel = 2, stride = 2, padding = 0;
  bool operator==(const MaxPool2d&) const = default;
};
struct AvgPool2d {
  std::int64_t kernel = 2, stride = 2, padding = 0;
  bool operator==(const AvgPool2d&) const = default;
};

/// [...] -> [the product of all]
struct Flatten {
  bool operator==(const Flatten&) const = default;
};

/// The sum of two or more inputs of one shape (residual connections).
struct Add {
  bool operator==(const Add&) const = default;
};

using Layer = std::variant<Linear, Conv2d, Activate, MaxPool2d, AvgPool2d, Flatten, Add,
                           ConvTranspose2d, GlobalAvgPool, BatchNorm, LayerNorm, GroupNorm,
                           Embedding, Conv1d, SelfAttention, Lstm, Gru, Softmax, Reshape, Permute,
                           Slice, Concat, Scale, Multiply, MatMul, Offset, Gain, GraphConv>;

/// One node of a model's graph. `inputs` are the indices of earlier nodes; kModelInput is the
/// example.
struct Node {
  static constexpr std::int64_t kModelInput = -1;

  std::string name;
  Layer layer;
  std::vector<std::int64_t> inputs;
  /// Parameters that the layer takes from earlier nodes (tied weights): the layer's name of each,
  /// "weight", and the parameter that it is, "embedding.weight". That node has it itself, and both
  /// layers give it one shape.
  std::map<std::string, std::string> shared = {};
  bool operator==(const Node&) const = default;
};

/// How parameters start.
struct Initialization {
  enum class Law {
    fan_in,   ///< U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weights and biases, as PyTorch's layers do
    uniform,  ///< U(-bound, bound) for all, as the gradient-leakage papers do (bound = 0.5)
    zero,     ///< all zero (softmax regression: convex, so the start does not matter)
  };
  Law law = Law::fan_in;
  double bound = 0.5;
  bool operator==(const Initialization&) const = default;
};

/// The one description of a model: a typed graph of layers. The last node gives the logits.
///
/// Systems build their own executable form from it (core: tensors, see forward.h), so that what an
/// adversary is told about an architecture is this value and nothing else.
struct ModelSpec {
  std::string name;
  /// Of one example: [channels, height, width], [features] or [steps, features].
  std::vector<std::int64_t> input_shape;
  std::int64_t outputs = 0;
  std::vector<Node> nodes;
  Initialization initialization;
  bool operator==(const ModelSpec&) const = default;
};

/// A parameter tensor of a model, in the order that every list of parameters and updates follows.
/// One that several layers share is there once, at the node that has it.
struct ParameterSpec {
  std::string name;  ///< "conv1.weight"
  std::vector<std::int64_t> shape;
  std::int64_t fan_in = 1;
  /// Where it starts whatever the law: the weight 1 and the bias 0 of a normalisation.
  std::optional<double> start = {};

  std::int64_t numel() const;
};

std::vector<ParameterSpec> parameters_of(const ModelSpec& spec);

/// All that the node's layer is computed with, in the layer's order; shared ones too, by the node's
/// own name for them and as they would start here.
std::vector<ParameterSpec> parameters_of(const Node& node);

/// Where the parameters of each node's layer are in parameters_of(spec), in the layer's order.
/// Errors: std::invalid_argument naming the node and the parameter for one that cannot be shared.
std::vector<std::vector<std::size_t>> parameter_indices(const ModelSpec& spec);

std::int64_t parameter_count(const ModelSpec& spec);

/// What is kept beside the parameters and not trained: the mean and the variance of each BatchNorm,
/// "norm1.mean", "norm1.variance".
std::vector<ParameterSpec> statistics_of(const ModelSpec& spec);

/// The shape of every node's output for one example.
/// Errors: std::invalid_argument naming the node whose input does not fit it.
std::vector<std::vector<std::int64_t>> shapes_of(const ModelSpec& spec);

/// Multiply-adds of one example's forward pass (all layers with matrices of weights, and products
/// of two matrices; not what works entry by entry).
std::int64_t forward_multiply_adds(const ModelSpec& spec);

/// Checks that the graph is well formed, that parameters can be shared as it says, and that its
/// outputs match.
/// Errors: std::invalid_argument.
void validate(const ModelSpec& spec);

nlohmann::json to_json(const ModelSpec& spec);
ModelSpec model_spec_from_json(const nlohmann::json& json);

}  // namespace assay
