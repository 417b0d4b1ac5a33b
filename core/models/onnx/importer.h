#pragma once

#include <map>
#include <optional>
#include <set>

#include "core/models/onnx/import.h"
#include "core/models/onnx/share.h"
#include "core/models/output_shape.h"

namespace assay::onnx_file {

using Sizes = std::vector<std::int64_t>;

/// A value of the graph for one example: the node that gives it, and its shape in the file, whose
/// dimensions of size 1 (the batch is one) may be others than the node's. New shapes cost no node
/// until somebody needs them.
struct Value {
  std::int64_t node = Node::kModelInput;
  Sizes actual;  ///< of the node's output
  Sizes shape;   ///< in the file
};

/// The shape without the batch, where it comes first; [1] for a single number.
Sizes example_shape(const Sizes& shape);

std::vector<float> floats(const std::vector<double>& values);

/// Reads a graph's operations one after the other into layers. One file for each kind:
/// import.cpp (the graph, its constants and new shapes), import_layers.cpp (what has weights,
/// windows or a function of its own), import_tensors.cpp (arithmetic and parts of tensors).
class Importer {
 public:
  Importer(const Graph& graph, const std::string& name);

  Imported run();

 private:
  void read_input(const Input& input);
  void finish(Value last);
  Sizes shape_at(std::int64_t node) const;
  /// A node after `inputs`; `shape` is its output's in the file, or nothing: as the node's.
  Value append(const Operation& operation, std::string name, Layer layer,
               std::vector<std::int64_t> inputs, Sizes shape);
  /// The next parameter.
  void weights(const std::vector<double>& values, std::optional<Origin> origin);
  /// An input's, which is a constant or left out.
  Origin origin(const Operation& operation, std::size_t i, bool transposed = false) const;
  /// The node whose output has this shape: the value's own, or a Reshape of it.
  std::int64_t as(const Operation& operation, const Value& value, const Sizes& shape);
  const Value& value(const Operation& operation, std::size_t i) const;
  bool is_value(const Operation& operation, std::size_t i) const;
  /// Null where it is left out or no constant.
  const Tensor* optional_constant(const Operation& operation, std::size_t i) const;
  const Tensor& constant(const Operation& operation, std::size_t i, std::size_t dims) const;
  /// [features], zeros where it is left out.
  std::vector<double> bias(const Operation& operation, std::size_t i, std::int64_t features) const;
  std::ptrdiff_t uses(const std::string& name) const;
  void read(const Operation& operation);
  Value result(const Operation& o);

  // Layers.

  /// The last dimension by a matrix [out, in].
  Value linear(const Operation& o, const Value& x, std::int64_t in, std::int64_t out,
               const Learnt& matrix, const Learnt& offset);
  Value gemm(const Operation& o);
  Value matmul(const Operation& o);
  struct Window {
    std::int64_t kernel, stride, padding, output_padding;
  };
  /// Square windows, alike on all sides.
  Window window(const Operation& o, const Sizes& kernel, std::size_t dims) const;
  /// [1, C, ...] as one example.
  std::int64_t example(const Operation& o, const Value& x, std::size_t dims);
  Value batched(Value y);
  Value conv(const Operation& o);
  Value conv_transpose(const Operation& o);
  Value batch_norm(const Operation& o);
  Value layer_norm(const Operation& o);
  Value activation(const Operation& o);
  Value softmax(const Operation& o);
  Value pool(const Operation& o);
  Value global_pool(const Operation& o);

  // Tensors.

  Value reduce_mean(const Operation& o);
  /// Dimensions of size 1 move without a node.
  Value permuted(const Operation& o, const Value& x, const Sizes& order);
  Value transpose(const Operation& o);
  Value scaled(const Operation& o, const Value& x, double factor, double offset);
  /// With a constant tensor: plus (Offset) or times (Gain).
  template <class LearntTensor>
  Value with_constant(const Operation& o, const Value& x, const Tensor& by,
                      const std::vector<double>& values, std::optional<Origin> origin);
  /// Both operands: either may be the constant one.
  std::pair<std::size_t, const Tensor*> constant_side(const Operation& o) const;
  Value add(const Operation& o);
  Value multiply(const Operation& o);
  Value negate(const Operation& o);
  Value power(const Operation& o);
  /// Along an axis that is not the batch: the shape for it, and which dimension that is then.
  std::pair<Sizes, std::int64_t> along(const Operation& o, const Sizes& shape,
                                       std::int64_t axis) const;
  Value concat(const Operation& o);
  Value part(const Operation& o, const Value& x, std::int64_t axis, std::int64_t start,
             std::int64_t length);
  Value slice(const Operation& o);
  void split(const Operation& o);
  Value gather(const Operation& o);

  const Graph& graph_;
  std::map<std::string, Tensor> constants_;
  std::map<std::string, Origin> origins_;  ///< of constants that only turn another one
  std::map<std::string, Value> values_;
  std::vector<Learnt> learnt_;                    ///< the parameters of every layer
  std::map<std::string, std::size_t> open_bias_;  ///< of a product without one: its parameter
  std::vector<Sizes> shapes_;                     ///< of each node's output
  std::set<std::string> names_;
  Imported out_;
};

}  // namespace assay::onnx_file
