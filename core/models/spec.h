#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "core/models/graph.h"

namespace assay {

/// y = W x + b on the last dimension. Parameters: weight [out, in], bias [out].
struct Linear {
  std::int64_t in = 0, out = 0;
  bool operator==(const Linear&) const = default;
};

/// Square 2-D convolution, zero padding. Parameters: weight [out, in, kernel, kernel], bias [out].
struct Conv2d {
  std::int64_t in = 0, out = 0, kernel = 1, stride = 1, padding = 0;
  bool operator==(const Conv2d&) const = default;
};

enum class Activation { relu, sigmoid, tanh };
struct Activate {
  Activation function = Activation::relu;
  bool operator==(const Activate&) const = default;
};

/// Square pooling windows without padding.
struct MaxPool2d {
  std::int64_t kernel = 2, stride = 2;
  bool operator==(const MaxPool2d&) const = default;
};
struct AvgPool2d {
  std::int64_t kernel = 2, stride = 2;
  bool operator==(const AvgPool2d&) const = default;
};

/// [channels, height, width] -> [channels * height * width]
struct Flatten {
  bool operator==(const Flatten&) const = default;
};

/// The sum of two or more inputs of one shape (residual connections).
struct Add {
  bool operator==(const Add&) const = default;
};

/// Y = P X W^T + b on values at the nodes of a graph, P as propagation.h says: a node's new value
/// is made of its own and its neighbours'. Kipf and Welling, ICLR 2017.
/// [nodes, in] -> [rows, out]. Parameters: weight [out, in], bias [out].
struct GraphConv {
  std::int64_t in = 0, out = 0;
  Graph graph;
  std::vector<std::int64_t> rows;  ///< the nodes whose values are computed; empty: all
  bool operator==(const GraphConv&) const = default;
};

using Layer = std::variant<Linear, Conv2d, Activate, MaxPool2d, AvgPool2d, Flatten, Add, GraphConv>;

/// One node of a model's graph. `inputs` are the indices of earlier nodes; kModelInput is the
/// example.
struct Node {
  static constexpr std::int64_t kModelInput = -1;

  std::string name;
  Layer layer;
  std::vector<std::int64_t> inputs;
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
  std::vector<std::int64_t>
      input_shape;  ///< of one example: [channels, height, width] or [features]
  std::int64_t outputs = 0;
  std::vector<Node> nodes;
  Initialization initialization;
  bool operator==(const ModelSpec&) const = default;
};

/// A parameter tensor of a model, in the order that every list of parameters and updates follows.
struct ParameterSpec {
  std::string name;  ///< "conv1.weight"
  std::vector<std::int64_t> shape;
  std::int64_t fan_in = 1;

  std::int64_t numel() const;
};

std::vector<ParameterSpec> parameters_of(const ModelSpec& spec);
std::int64_t parameter_count(const ModelSpec& spec);

/// The shape of every node's output for one example.
/// Errors: std::invalid_argument naming the node whose input does not fit it.
std::vector<std::vector<std::int64_t>> shapes_of(const ModelSpec& spec);

/// Multiply-adds of one example's forward pass (layers with parameters).
std::int64_t forward_multiply_adds(const ModelSpec& spec);

/// Checks that the graph is well formed and that its outputs match.
/// Errors: std::invalid_argument.
void validate(const ModelSpec& spec);

nlohmann::json to_json(const ModelSpec& spec);
ModelSpec model_spec_from_json(const nlohmann::json& json);

}  // namespace assay
