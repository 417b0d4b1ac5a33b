#include "core/models/onnx/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>

#include "core/models/onnx/fold.h"
#include "core/models/onnx/operands.h"
#include "core/models/output_shape.h"

namespace assay::onnx_file {
namespace {

using Sizes = std::vector<std::int64_t>;

/// A value of the graph for one example: the node that gives it, and its shape in the file, whose
/// dimensions of size 1 (the batch is one) may be others than the node's. New shapes cost no node
/// until somebody needs them.
struct Value {
  std::int64_t node = Node::kModelInput;
  Sizes actual;  ///< of the node's output
  Sizes shape;   ///< in the file
};

/// The shape without the batch, where it comes first.
Sizes without_batch(const Sizes& shape) {
  return {shape.begin() + (!shape.empty() && shape[0] == 1 ? 1 : 0), shape.end()};
}

std::vector<float> floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

class Importer {
 public:
  Importer(const Graph& graph, const std::string& name)
      : graph_(graph), constants_(graph.constants) {
    out_.spec.name = name;
    out_.spec.initialization = {Initialization::Law::fan_in, 0.0};
  }

  Imported run() {
    if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1) {
      throw std::invalid_argument(
          fmt::format("onnx: expected one input and one output, got {} and {}",
                      graph_.inputs.size(), graph_.outputs.size()));
    }
    read_input(graph_.inputs[0]);
    for (const auto& operation : graph_.operations)
      read(operation);
    const auto last = values_.find(graph_.outputs[0]);
    if (last == values_.end())
      throw std::invalid_argument("onnx: expected an output that the input leads to");
    finish(last->second);
    return std::move(out_);
  }

 private:
  void read_input(const Input& input) {
    auto shape = input.dims;
    if (shape.size() < 2 || shape.size() > 8 || (shape[0] != -1 && shape[0] != 1)) {
      throw std::invalid_argument(fmt::format(
          "onnx: expected an input '{}' of [batch, ...] with an open batch or one of 1, "
          "got [{}]",
          input.name, fmt::join(shape, ", ")));
    }
    shape[0] = 1;
    for (const auto size : shape) {
      if (size < 1) {
        throw std::invalid_argument(
            fmt::format("onnx: expected an input '{}' whose sizes are known, got [{}]", input.name,
                        fmt::join(input.dims, ", ")));
      }
    }
    product_of(shape);
    out_.spec.input_shape = without_batch(shape);
    if (out_.spec.input_shape.empty()) out_.spec.input_shape = {1};
    values_[input.name] = {Node::kModelInput, out_.spec.input_shape, shape};
  }

  /// The last node gives one row.
  void finish(Value last) {
    const Operation end{"output", "output", {}, {}, {}};
    if (last.actual.size() != 1) last = append(end, "flatten", Flatten{}, {last.node}, {});
    // A model's last node is its output.
    if (last.node + 1 != static_cast<std::int64_t>(out_.spec.nodes.size()))
      last = append(end, "output", Flatten{}, {last.node}, {});
    out_.spec.outputs = last.actual[0];
    validate(out_.spec);
  }

  // Nodes.

  Sizes shape_at(std::int64_t node) const {
    return node == Node::kModelInput ? out_.spec.input_shape
                                     : shapes_[static_cast<std::size_t>(node)];
  }

  /// A node after `inputs`; `shape` is its output's in the file, or nothing: as the node's.
  Value append(const Operation& operation, std::string name, Layer layer,
               std::vector<std::int64_t> inputs, Sizes shape) {
    if (name.empty()) name = operation.type;
    while (!names_.insert(name).second)
      name += "'";
    Node node{name, std::move(layer), std::move(inputs)};
    std::vector<Sizes> in;
    for (const auto input : node.inputs)
      in.push_back(shape_at(input));
    require_inputs(node);
    shapes_.push_back(output_shape(node, in));
    out_.spec.nodes.push_back(std::move(node));
    const auto& actual = shapes_.back();
    if (shape.empty()) shape = actual;
    if (product_of(shape) != product_of(actual))
      refuse(operation, fmt::format("expected a result of shape [{}], got [{}]",
                                    fmt::join(shape, ", "), fmt::join(actual, ", ")));
    return {static_cast<std::int64_t>(out_.spec.nodes.size()) - 1, actual, shape};
  }

  void weights(const std::vector<double>& values) { out_.parameters.push_back(floats(values)); }

  /// The node whose output has this shape.
  std::int64_t as(const Operation& operation, const Value& value, const Sizes& shape) {
    if (value.actual == shape) return value.node;
    return append(operation, operation.name + ".reshape", Reshape{shape}, {value.node}, {}).node;
  }

  // Operands.

  const Value& value(const Operation& operation, std::size_t i) const {
    const auto found =
        i < operation.inputs.size() ? values_.find(operation.inputs[i]) : values_.end();
    if (found == values_.end())
      refuse(operation, fmt::format("expected an input {} that the model's input leads to", i));
    return found->second;
  }
  bool is_value(const Operation& operation, std::size_t i) const {
    return i < operation.inputs.size() && values_.contains(operation.inputs[i]);
  }
  /// Null where it is left out or no constant.
  const Tensor* optional_constant(const Operation& operation, std::size_t i) const {
    if (i >= operation.inputs.size() || operation.inputs[i].empty()) return nullptr;
    const auto found = constants_.find(operation.inputs[i]);
    return found == constants_.end() ? nullptr : &found->second;
  }
  const Tensor& constant(const Operation& operation, std::size_t i, std::size_t dims) const {
    const auto* found = optional_constant(operation, i);
    if (found == nullptr || found->dims.size() != dims)
      refuse(operation, fmt::format("expected a constant input {} of {} dimensions", i, dims));
    return *found;
  }
  /// [features], zeros where it is left out.
  std::vector<double> bias(const Operation& operation, std::size_t i, std::int64_t features) const {
    if (i >= operation.inputs.size() || operation.inputs[i].empty())
      return std::vector<double>(static_cast<std::size_t>(features), 0.0);
    const auto* found = optional_constant(operation, i);
    if (found == nullptr || found->numel() != features)
      refuse(operation, fmt::format("expected a constant of {} entries as input {}", features, i));
    return found->values;
  }

  void read(const Operation& operation) {
    if (operation.outputs.empty()) refuse(operation, "expected an output");
    std::vector<const Tensor*> operands;
    bool constants = true;
    std::vector<Tensor> shapes;
    shapes.reserve(1);
    for (std::size_t i = 0; i < operation.inputs.size(); ++i) {
      operands.push_back(optional_constant(operation, i));
      if (operands.back() == nullptr && operation.type == "Shape" && is_value(operation, i)) {
        shapes.push_back({value(operation, i).shape, {}, true});
        operands.back() = &shapes.back();
      }
      constants = constants && (operands.back() != nullptr || operation.inputs[i].empty());
    }
    if (constants) {
      auto folded = fold(operation, operands);
      if (!folded) refuse(operation, "unsupported operator");
      constants_.insert_or_assign(operation.outputs[0], std::move(*folded));
      return;
    }
    if (operation.type == "Split") return split(operation);
    values_[operation.outputs[0]] = result(operation);
  }

  Value result(const Operation& o) {
    static const std::map<std::string, Value (Importer::*)(const Operation&)> table = {
        {"Gemm", &Importer::gemm},
        {"MatMul", &Importer::matmul},
        {"Conv", &Importer::conv},
        {"ConvTranspose", &Importer::conv_transpose},
        {"BatchNormalization", &Importer::batch_norm},
        {"LayerNormalization", &Importer::layer_norm},
        {"Relu", &Importer::activation},
        {"Sigmoid", &Importer::activation},
        {"Tanh", &Importer::activation},
        {"Erf", &Importer::activation},
        {"Gelu", &Importer::activation},
        {"LeakyRelu", &Importer::activation},
        {"Clip", &Importer::activation},
        {"Softmax", &Importer::softmax},
        {"MaxPool", &Importer::pool},
        {"AveragePool", &Importer::pool},
        {"GlobalAveragePool", &Importer::global_pool},
        {"ReduceMean", &Importer::reduce_mean},
        {"Add", &Importer::add},
        {"Sub", &Importer::add},
        {"Mul", &Importer::multiply},
        {"Div", &Importer::multiply},
        {"Neg", &Importer::negate},
        {"Pow", &Importer::power},
        {"Concat", &Importer::concat},
        {"Slice", &Importer::slice},
        {"Gather", &Importer::gather},
        {"Transpose", &Importer::transpose},
    };
    const auto found = table.find(o.type);
    if (found != table.end()) return (this->*found->second)(o);
    auto type = o;
    if (o.type == "Dropout") type.type = "Identity";
    if (!is_value(o, 0)) refuse(o, "unsupported operator");
    const auto& x = value(o, 0);
    const auto shape = relabelled(type, x.shape, optional_constant(o, 1));
    if (!shape) refuse(o, "unsupported operator");
    return {x.node, x.actual, *shape};
  }

  /// The last dimension by a matrix [out, in].
  Value linear(const Operation& o, const Value& x, std::int64_t in, std::int64_t out,
               const std::vector<double>& matrix, const std::vector<double>& offset) {
    if (x.shape.empty() || x.shape.back() != in)
      refuse(o,
             fmt::format("expected an input of [..., {}], got [{}]", in, fmt::join(x.shape, ", ")));
    auto from = without_batch(x.shape);
    if (from.empty()) from = {in};
    auto shape = x.shape;
    shape.back() = out;
    const auto y = append(o, o.name, Linear{in, out}, {as(o, x, from)}, shape);
    weights(matrix);
    weights(offset);
    return y;
  }

  static std::vector<double> transposed(const Tensor& matrix) {
    const auto rows = matrix.dims[0], columns = matrix.dims[1];
    std::vector<double> out;
    out.reserve(matrix.values.size());
    for (std::int64_t c = 0; c < columns; ++c) {
      for (std::int64_t r = 0; r < rows; ++r)
        out.push_back(matrix.values[static_cast<std::size_t>(r * columns + c)]);
    }
    return out;
  }

  Value gemm(const Operation& o) {
    const auto& weight = constant(o, 1, 2);
    const bool transposed_weight = integer(o, "transB", 0) != 0;
    if (integer(o, "transA", 0) != 0) refuse(o, "expected transA = 0");
    const auto in = weight.dims[transposed_weight ? 1 : 0],
               out = weight.dims[transposed_weight ? 0 : 1];
    auto matrix = transposed_weight ? weight.values : transposed(weight);
    auto offset = bias(o, 2, out);
    for (auto& value : matrix)
      value *= number(o, "alpha", 1.0);
    for (auto& value : offset)
      value *= number(o, "beta", 1.0);
    return linear(o, value(o, 0), in, out, matrix, offset);
  }

  Value matmul(const Operation& o) {
    if (!is_value(o, 1)) {
      const auto& weight = constant(o, 1, 2);
      const auto y = linear(o, value(o, 0), weight.dims[0], weight.dims[1], transposed(weight),
                            std::vector<double>(static_cast<std::size_t>(weight.dims[1]), 0.0));
      open_bias_[o.outputs[0]] = out_.parameters.size() - 1;
      return y;
    }
    const auto &a = value(o, 0), &b = value(o, 1);
    auto from = a.shape, to = b.shape;
    while (from.size() < to.size())
      from.insert(from.begin(), 1);
    while (to.size() < from.size())
      to.insert(to.begin(), 1);
    auto shape = from;
    if (from.size() < 2) refuse(o, "expected two matrices");
    shape.back() = to.back();
    // Dimensions of size 1 that both begin with are not needed.
    while (from.size() > 2 && from[0] == 1 && to[0] == 1) {
      from.erase(from.begin());
      to.erase(to.begin());
    }
    const auto left = as(o, a, from), right = as(o, b, to);
    return append(o, o.name, MatMul{}, {left, right}, shape);
  }

  struct Window {
    std::int64_t kernel, stride, padding, output_padding;
  };
  /// Square windows, alike on all sides.
  Window window(const Operation& o, const Sizes& kernel, std::size_t dims) const {
    const auto same = [&](const char* name, Sizes all, std::size_t count) {
      if (all.size() != count ||
          std::adjacent_find(all.begin(), all.end(), std::not_equal_to<>()) != all.end()) {
        refuse(o, fmt::format("expected {} alike in all directions, got [{}]", name,
                              fmt::join(all, ", ")));
      }
      return all[0];
    };
    if (same("dilations", integers(o, "dilations", Sizes(dims, 1)), dims) != 1)
      refuse(o, "expected dilations of 1");
    const auto automatic = text(o, "auto_pad", "NOTSET");
    if (automatic != "NOTSET" && automatic != "VALID")
      refuse(o, fmt::format("expected explicit pads, got auto_pad {}", automatic));
    return {same("kernel_shape", kernel, dims),
            same("strides", integers(o, "strides", Sizes(dims, 1)), dims),
            same("pads", integers(o, "pads", Sizes(2 * dims, 0)), 2 * dims),
            same("output_padding", integers(o, "output_padding", Sizes(dims, 0)), dims)};
  }

  /// [1, C, ...] as one example.
  std::int64_t example(const Operation& o, const Value& x, std::size_t dims) {
    if (x.shape.size() != dims + 1 || x.shape[0] != 1)
      refuse(o, fmt::format("expected an input of {} dimensions behind the batch, got [{}]", dims,
                            fmt::join(x.shape, ", ")));
    return as(o, x, without_batch(x.shape));
  }
  Value batched(Value y) {
    y.shape = y.actual;
    y.shape.insert(y.shape.begin(), 1);
    return y;
  }

  Value conv(const Operation& o) {
    const auto* weight = optional_constant(o, 1);
    if (weight == nullptr || weight->dims.size() < 3 || weight->dims.size() > 4)
      refuse(o, "expected a constant weight of 3 or 4 dimensions");
    if (integer(o, "group", 1) != 1) refuse(o, "expected one group");
    const auto dims = weight->dims.size() - 2;
    const auto w = window(o, {weight->dims.begin() + 2, weight->dims.end()}, dims);
    const auto in = weight->dims[1], out = weight->dims[0];
    const auto x = example(o, value(o, 0), dims + 1);
    const auto layer = dims == 1 ? Layer(Conv1d{in, out, w.kernel, w.stride, w.padding})
                                 : Layer(Conv2d{in, out, w.kernel, w.stride, w.padding});
    const auto y = append(o, o.name, layer, {x}, {});
    weights(weight->values);
    weights(bias(o, 2, out));
    return batched(y);
  }

  Value conv_transpose(const Operation& o) {
    const auto& weight = constant(o, 1, 4);
    if (integer(o, "group", 1) != 1) refuse(o, "expected one group");
    const auto w = window(o, {weight.dims[2], weight.dims[3]}, 2);
    const auto in = weight.dims[0], out = weight.dims[1];
    const auto y =
        append(o, o.name, ConvTranspose2d{in, out, w.kernel, w.stride, w.padding, w.output_padding},
               {example(o, value(o, 0), 3)}, {});
    weights(weight.values);
    weights(bias(o, 2, out));
    return batched(y);
  }

  Value batch_norm(const Operation& o) {
    const auto features = constant(o, 1, 1).numel();
    const auto& x = value(o, 0);
    if (integer(o, "training_mode", 0) != 0) refuse(o, "expected training_mode = 0");
    if (x.shape.size() != 2 && x.shape.size() != 4)
      refuse(o, fmt::format("expected [batch, C] or [batch, C, H, W], got [{}]",
                            fmt::join(x.shape, ", ")));
    const auto y = append(o, o.name, BatchNorm{features, number(o, "epsilon", 1e-5)},
                          {example(o, x, x.shape.size() - 1)}, {});
    weights(bias(o, 1, features));
    weights(bias(o, 2, features));
    out_.statistics.push_back(floats(bias(o, 3, features)));
    out_.statistics.push_back(floats(bias(o, 4, features)));
    return batched(y);
  }

  Value layer_norm(const Operation& o) {
    const auto& x = value(o, 0);
    if (axis_of(o, integer(o, "axis", -1), x.shape.size()) + 1 != x.shape.size())
      refuse(o, "expected the last axis alone");
    const auto features = x.shape.back();
    auto from = without_batch(x.shape);
    if (from.empty()) from = {features};
    const auto node = as(o, x, from);
    const auto y =
        append(o, o.name, LayerNorm{features, number(o, "epsilon", 1e-5)}, {node}, x.shape);
    const auto scale = constant(o, 1, 1);
    if (scale.numel() != features) refuse(o, fmt::format("expected {} weights", features));
    weights(scale.values);
    weights(bias(o, 2, features));
    return y;
  }

  Value activation(const Operation& o) {
    static const std::map<std::string, Activation> plain = {
        {"Relu", Activation::relu}, {"Sigmoid", Activation::sigmoid},
        {"Tanh", Activation::tanh}, {"Erf", Activation::erf},
        {"Gelu", Activation::gelu}, {"LeakyRelu", Activation::leaky_relu}};
    const auto& x = value(o, 0);
    Activate layer;
    if (o.type == "Clip") {
      const auto end = [&](std::size_t i, const char* attribute) {
        const auto* given = optional_constant(o, i);
        return given != nullptr && given->numel() == 1 ? given->values[0]
                                                       : number(o, attribute, NAN);
      };
      const auto low = end(1, "min"), high = end(2, "max");
      if (low == 0.0 && high == 6.0) {
        layer.function = Activation::relu6;
      } else if (low == -1.0 && high == 1.0) {
        layer.function = Activation::hardtanh;
      } else {
        refuse(o, fmt::format("expected to clip to [0, 6] or [-1, 1], got [{}, {}]", low, high));
      }
    } else {
      layer.function = plain.at(o.type);
      layer.slope = number(o, "alpha", 0.01);
      if (text(o, "approximate", "none") != "none") refuse(o, "expected approximate = none");
    }
    return append(o, o.name, layer, {x.node}, x.shape);
  }

  Value softmax(const Operation& o) {
    const auto& x = value(o, 0);
    const auto otherwise = graph_.opset >= 13 ? -1 : 1;
    if (axis_of(o, integer(o, "axis", otherwise), x.shape.size()) + 1 != x.shape.size())
      refuse(o, "expected the last axis");
    auto from = without_batch(x.shape);
    if (from.empty()) from = {x.shape.back()};
    return append(o, o.name, Softmax{}, {as(o, x, from)}, x.shape);
  }

  Value pool(const Operation& o) {
    const auto w = window(o, integers(o, "kernel_shape", {}), 2);
    if (integer(o, "ceil_mode", 0) != 0) refuse(o, "expected ceil_mode = 0");
    if (o.outputs.size() > 1) refuse(o, "expected no indices");
    const bool mean = o.type == "AveragePool";
    if (mean && w.padding > 0 && integer(o, "count_include_pad", 0) == 0)
      refuse(o, "expected count_include_pad = 1 beside padding");
    const auto layer = mean ? Layer(AvgPool2d{w.kernel, w.stride, w.padding})
                            : Layer(MaxPool2d{w.kernel, w.stride, w.padding});
    return batched(append(o, o.name, layer, {example(o, value(o, 0), 3)}, {}));
  }

  Value global_pool(const Operation& o) {
    const auto& x = value(o, 0);
    auto shape = x.shape;
    if (shape.size() < 3) refuse(o, "expected [batch, C, ...]");
    const auto node = example(o, x, shape.size() - 1);
    std::fill(shape.begin() + 2, shape.end(), 1);
    return append(o, o.name, GlobalAvgPool{}, {node}, shape);
  }

  Value reduce_mean(const Operation& o) {
    const auto& x = value(o, 0);
    auto axes = integers(o, "axes", {});
    if (const auto* given = optional_constant(o, 1)) axes = whole_numbers(o, *given);
    std::vector<bool> reduced(x.shape.size(), axes.empty());
    for (const auto axis : axes)
      reduced[axis_of(o, axis, x.shape.size())] = true;
    // What stays in front, what goes behind.
    Sizes order, shape;
    std::int64_t kept = 1, gone = 1;
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      (reduced[i] ? gone : kept) *= x.shape[i];
      if (!reduced[i]) {
        order.push_back(static_cast<std::int64_t>(i));
        shape.push_back(x.shape[i]);
      } else if (integer(o, "keepdims", 1) != 0) {
        shape.push_back(1);
      }
    }
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      if (reduced[i]) order.push_back(static_cast<std::int64_t>(i));
    }
    const auto turned = permuted(o, x, order);
    return append(o, o.name, GlobalAvgPool{}, {as(o, turned, {kept, gone})},
                  shape.empty() ? Sizes{1} : shape);
  }

  /// Dimensions of size 1 move without a node.
  Value permuted(const Operation& o, const Value& x, const Sizes& order) {
    Sizes shape, dense, moved;
    std::vector<std::int64_t> position(x.shape.size(), -1);
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      if (x.shape[i] == 1) continue;
      position[i] = static_cast<std::int64_t>(dense.size());
      dense.push_back(x.shape[i]);
    }
    for (const auto dim : order) {
      shape.push_back(x.shape[static_cast<std::size_t>(dim)]);
      if (position[static_cast<std::size_t>(dim)] >= 0)
        moved.push_back(position[static_cast<std::size_t>(dim)]);
    }
    if (std::is_sorted(moved.begin(), moved.end())) return {x.node, x.actual, shape};
    return append(o, o.name, Permute{moved}, {as(o, x, dense)}, shape);
  }

  Value transpose(const Operation& o) {
    const auto& x = value(o, 0);
    Sizes reversed(x.shape.size()), all(x.shape.size());
    std::iota(all.begin(), all.end(), 0);
    std::reverse_copy(all.begin(), all.end(), reversed.begin());
    const auto order = integers(o, "perm", reversed);
    if (!std::is_permutation(order.begin(), order.end(), all.begin(), all.end()))
      refuse(o, "expected a permutation of the dimensions");
    return permuted(o, x, order);
  }

  Value scaled(const Operation& o, const Value& x, double factor, double offset) {
    return append(o, o.name, Scale{factor, offset}, {x.node}, x.shape);
  }

  /// A constant beside a value of some shape, which it may not enlarge; without ones in front.
  static std::optional<Sizes> beside(const Sizes& value, Sizes constant) {
    while (!constant.empty() && constant[0] == 1)
      constant.erase(constant.begin());
    if (constant.size() > value.size()) return {};
    for (std::size_t i = 1; i <= constant.size(); ++i) {
      const auto size = constant[constant.size() - i];
      if (size != 1 && size != value[value.size() - i]) return {};
    }
    return constant;
  }

  /// With a constant tensor: plus (Offset) or times (Gain).
  template <class LearntTensor>
  Value with_constant(const Operation& o, const Value& x, const Tensor& by,
                      const std::vector<double>& values) {
    auto from = without_batch(x.shape);
    if (from.empty()) from = {1};
    const auto shape = beside(from, by.dims);
    if (!shape) {
      refuse(o, fmt::format("expected a constant that broadcasts to [{}], got [{}]",
                            fmt::join(x.shape, ", "), fmt::join(by.dims, ", ")));
    }
    const auto y = append(o, o.name, LearntTensor{*shape}, {as(o, x, from)}, x.shape);
    weights(values);
    return y;
  }

  /// Both operands: either may be the constant one.
  std::pair<std::size_t, const Tensor*> constant_side(const Operation& o) const {
    if (o.inputs.size() != 2) refuse(o, "expected two inputs");
    if (const auto* right = optional_constant(o, 1)) return {0, right};
    return {1, optional_constant(o, 0)};
  }

  Value add(const Operation& o) {
    const auto [side, by] = constant_side(o);
    const bool minus = o.type == "Sub";
    if (by == nullptr) {
      const auto& a = value(o, 0);
      auto b = value(o, 1);
      if (a.shape != b.shape && without_batch(a.shape) != without_batch(b.shape)) {
        refuse(o, fmt::format("expected two inputs of one shape, got [{}] and [{}]",
                              fmt::join(a.shape, ", "), fmt::join(b.shape, ", ")));
      }
      if (minus) b = append(o, o.name + ".negated", Scale{-1.0, 0.0}, {b.node}, b.shape);
      auto shape = without_batch(a.shape);
      if (shape.empty()) shape = {1};
      const auto left = as(o, a, shape), right = as(o, b, shape);
      return append(o, o.name, Add{}, {left, right},
                    a.shape.size() >= b.shape.size() ? a.shape : b.shape);
    }
    auto x = value(o, side);
    if (minus && side == 1) x = append(o, o.name + ".negated", Scale{-1.0, 0.0}, {x.node}, x.shape);
    const double sign = minus && side == 0 ? -1.0 : 1.0;
    if (by->numel() == 1) return scaled(o, x, 1.0, sign * by->values[0]);
    auto values = by->values;
    for (auto& v : values)
      v *= sign;
    // The bias of the product just before, which nobody else takes.
    const auto open = open_bias_.find(o.inputs[side]);
    if (open != open_bias_.end() && !minus && by->dims == Sizes{x.shape.back()} &&
        uses(o.inputs[side]) == 1) {
      out_.parameters[open->second] = floats(values);
      return x;
    }
    return with_constant<Offset>(o, x, *by, values);
  }

  Value multiply(const Operation& o) {
    const auto [side, by] = constant_side(o);
    const bool quotient = o.type == "Div";
    if (by == nullptr) {
      if (quotient) refuse(o, "expected a constant divisor");
      const auto &a = value(o, 0), &b = value(o, 1);
      Sizes shape(std::max(a.shape.size(), b.shape.size()), 1);
      for (std::size_t i = 1; i <= shape.size(); ++i) {
        const auto x = i <= a.shape.size() ? a.shape[a.shape.size() - i] : 1;
        const auto y = i <= b.shape.size() ? b.shape[b.shape.size() - i] : 1;
        shape[shape.size() - i] = std::max(x, y);
      }
      const auto left = as(o, a, nonempty(without_batch(a.shape))),
                 right = as(o, b, nonempty(without_batch(b.shape)));
      return append(o, o.name, Multiply{}, {left, right}, shape);
    }
    if (quotient && side == 1) refuse(o, "expected a constant divisor");
    const auto& x = value(o, side);
    auto values = by->values;
    for (auto& v : values)
      v = quotient ? 1.0 / v : v;
    if (by->numel() == 1) return scaled(o, x, values[0], 0.0);
    return with_constant<Gain>(o, x, *by, values);
  }

  Value negate(const Operation& o) { return scaled(o, value(o, 0), -1.0, 0.0); }

  Value power(const Operation& o) {
    const auto* exponent = optional_constant(o, 1);
    const auto& x = value(o, 0);
    const double n = exponent != nullptr && exponent->numel() == 1 ? exponent->values[0] : 0.0;
    if (n != 1.0 && n != 2.0 && n != 3.0 && n != 4.0) refuse(o, "expected a power of 1, 2, 3 or 4");
    if (n == 1.0) return x;
    return append(o, o.name, Multiply{},
                  std::vector<std::int64_t>(static_cast<std::size_t>(n), x.node), x.shape);
  }

  static Sizes nonempty(Sizes shape) { return shape.empty() ? Sizes{1} : shape; }

  /// Along an axis that is not the batch: the shape for it, and which dimension that is then.
  std::pair<Sizes, std::int64_t> along(const Operation& o, const Sizes& shape,
                                       std::int64_t axis) const {
    const auto at = static_cast<std::int64_t>(axis_of(o, axis, shape.size()));
    if (at == 0 || shape[0] != 1) return {shape, at};
    return {without_batch(shape), at - 1};
  }

  Value concat(const Operation& o) {
    const auto& first = value(o, 0);
    const auto axis = integer(o, "axis", 0);
    auto shape = first.shape;
    const auto at = axis_of(o, axis, shape.size());
    shape[at] = 0;
    std::vector<std::int64_t> nodes;
    std::int64_t dim = 0;
    for (std::size_t i = 0; i < o.inputs.size(); ++i) {
      const auto& x = value(o, i);
      if (x.shape.size() != shape.size()) refuse(o, "expected inputs of as many dimensions");
      const auto [as_shape, place] = along(o, x.shape, axis);
      dim = place;
      nodes.push_back(as(o, x, as_shape));
      shape[at] += x.shape[at];
    }
    if (nodes.size() == 1) return first;
    return append(o, o.name, Concat{dim}, nodes, shape);
  }

  Value part(const Operation& o, const Value& x, std::int64_t axis, std::int64_t start,
             std::int64_t length) {
    const auto [from, dim] = along(o, x.shape, axis);
    auto shape = x.shape;
    shape[axis_of(o, axis, shape.size())] = length;
    if (shape == x.shape && start == 0) return x;
    const auto node = as(o, x, from);
    return append(o, o.name, Slice{dim, start, length}, {node}, shape);
  }

  Value slice(const Operation& o) {
    auto x = value(o, 0);
    const auto given = [&](std::size_t i, const char* attribute) {
      const auto* tensor = optional_constant(o, i);
      return tensor != nullptr ? whole_numbers(o, *tensor) : integers(o, attribute, {});
    };
    const auto starts = given(1, "starts"), ends = given(2, "ends"), steps = given(4, "steps");
    auto axes = given(3, "axes");
    if (axes.empty()) {
      axes.resize(starts.size());
      std::iota(axes.begin(), axes.end(), 0);
    }
    if (starts.empty() || ends.size() != starts.size() || axes.size() != starts.size() ||
        std::any_of(steps.begin(), steps.end(), [](auto step) { return step != 1; })) {
      refuse(o, "expected constant starts and ends, and steps of 1");
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const auto size = x.shape[axis_of(o, axes[i], x.shape.size())];
      const auto place = [&](std::int64_t at) {
        return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
      };
      const auto begin = place(starts[i]), end = place(ends[i]);
      if (end <= begin) refuse(o, "expected a slice that is not empty");
      x = part(o, x, axes[i], begin, end - begin);
    }
    return x;
  }

  void split(const Operation& o) {
    const auto& x = value(o, 0);
    const auto axis = integer(o, "axis", 0);
    const auto size = x.shape[axis_of(o, axis, x.shape.size())];
    const auto count = static_cast<std::int64_t>(o.outputs.size());
    auto lengths = integers(o, "split", {});
    if (const auto* given = optional_constant(o, 1)) lengths = whole_numbers(o, *given);
    if (lengths.empty()) lengths.assign(o.outputs.size(), (size + count - 1) / count);
    if (integers(o, "split", {}).empty() && optional_constant(o, 1) == nullptr)
      lengths.back() = size - lengths[0] * (count - 1);
    if (lengths.size() != o.outputs.size()) refuse(o, "expected as many lengths as outputs");
    const auto whole = x;
    std::int64_t start = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      values_[o.outputs[i]] = part(o, whole, axis, start, lengths[i]);
      start += lengths[i];
    }
  }

  /// One entry of a value along an axis, or rows of a constant table at places that are the value.
  Value gather(const Operation& o) {
    const auto axis = integer(o, "axis", 0);
    if (!is_value(o, 0)) {
      const auto& table = constant(o, 0, 2);
      if (axis != 0) refuse(o, "expected rows of a table");
      const auto& x = value(o, 1);
      auto shape = x.shape;
      shape.push_back(table.dims[1]);
      const auto y = append(o, o.name, Embedding{table.dims[0], table.dims[1]},
                            {as(o, x, nonempty(without_batch(x.shape)))}, shape);
      weights(table.values);
      return y;
    }
    const auto* index = optional_constant(o, 1);
    if (index == nullptr || index->numel() != 1) refuse(o, "expected one constant index");
    const auto& x = value(o, 0);
    const auto at = axis_of(o, axis, x.shape.size());
    const auto place = whole_numbers(o, *index)[0];
    auto y = part(
        o, x, axis,
        static_cast<std::int64_t>(axis_of(o, place, static_cast<std::size_t>(x.shape[at]))), 1);
    if (index->dims.empty()) y.shape.erase(y.shape.begin() + static_cast<std::ptrdiff_t>(at));
    if (y.shape.empty()) y.shape = {1};
    return y;
  }

  std::ptrdiff_t uses(const std::string& name) const {
    std::ptrdiff_t count = std::count(graph_.outputs.begin(), graph_.outputs.end(), name);
    for (const auto& operation : graph_.operations)
      count += std::count(operation.inputs.begin(), operation.inputs.end(), name);
    return count;
  }

  const Graph& graph_;
  std::map<std::string, Tensor> constants_;
  std::map<std::string, Value> values_;
  std::map<std::string, std::size_t> open_bias_;  ///< of a product without one: its parameter
  std::vector<Sizes> shapes_;                     ///< of each node's output
  std::set<std::string> names_;
  Imported out_;
};

}  // namespace

Imported import_graph(const Graph& graph, const std::string& name) {
  auto out = Importer(graph, name).run();
  const auto check = [](const auto& specs, const auto& values) {
    bool fits = specs.size() == values.size();
    for (std::size_t i = 0; fits && i < specs.size(); ++i)
      fits = specs[i].numel() == static_cast<std::int64_t>(values[i].size());
    if (!fits) throw std::invalid_argument("onnx: expected weights of the operators' shapes");
  };
  check(parameters_of(out.spec), out.parameters);
  check(statistics_of(out.spec), out.statistics);
  return out;
}

}  // namespace assay::onnx_file
