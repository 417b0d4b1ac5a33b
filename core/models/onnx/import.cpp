#include "core/models/onnx/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "core/models/onnx/fold.h"
#include "core/models/onnx/importer.h"
#include "core/models/onnx/operands.h"

namespace assay::onnx_file {

Sizes example_shape(const Sizes& shape) {
  Sizes out(shape.begin() + (!shape.empty() && shape[0] == 1 ? 1 : 0), shape.end());
  return out.empty() ? Sizes{1} : out;
}

std::vector<float> floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

Importer::Importer(const Graph& graph, const std::string& name)
    : graph_(graph), constants_(graph.constants) {
  out_.spec.name = name;
  out_.spec.initialization = {Initialization::Law::fan_in, 0.0};
}

void Importer::weights(const std::vector<double>& values, std::optional<Origin> origin) {
  learnt_.push_back({floats(values), std::move(origin)});
}

Origin Importer::origin(const Operation& operation, std::size_t i, bool transposed) const {
  const auto name = i < operation.inputs.size() ? operation.inputs[i] : std::string();
  const auto found = origins_.find(name);
  if (found == origins_.end()) return {name, transposed};
  return {found->second.constant, found->second.transposed != transposed};
}

Imported Importer::run() {
  if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1) {
    throw std::invalid_argument(
        fmt::format("onnx: expected one input and one output, got {} and {}", graph_.inputs.size(),
                    graph_.outputs.size()));
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

void Importer::read_input(const Input& input) {
  auto shape = input.dims;
  if (shape.size() < 2 || shape.size() > 8 || (shape[0] != -1 && shape[0] != 1)) {
    throw std::invalid_argument(
        fmt::format("onnx: expected an input '{}' of [batch, ...] with an open batch or one of 1, "
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
  out_.spec.input_shape = example_shape(shape);
  values_[input.name] = {Node::kModelInput, out_.spec.input_shape, shape};
}

/// The last node gives one row.
void Importer::finish(Value last) {
  const Operation end{"output", "output", {}, {}, {}};
  if (last.actual.size() != 1) last = append(end, "flatten", Flatten{}, {last.node}, {});
  // A model's last node is its output.
  if (last.node + 1 != static_cast<std::int64_t>(out_.spec.nodes.size()))
    last = append(end, "output", Flatten{}, {last.node}, {});
  out_.spec.outputs = last.actual[0];
  out_.parameters = share(out_.spec, std::move(learnt_));
  validate(out_.spec);
}

Sizes Importer::shape_at(std::int64_t node) const {
  return node == Node::kModelInput ? out_.spec.input_shape
                                   : shapes_[static_cast<std::size_t>(node)];
}

/// A node after `inputs`; `shape` is its output's in the file, or nothing: as the node's.
Value Importer::append(const Operation& operation, std::string name, Layer layer,
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

/// The node whose output has this shape.
std::int64_t Importer::as(const Operation& operation, const Value& value, const Sizes& shape) {
  if (value.actual == shape) return value.node;
  return append(operation, operation.name + ".reshape", Reshape{shape}, {value.node}, {}).node;
}

const Value& Importer::value(const Operation& operation, std::size_t i) const {
  const auto found =
      i < operation.inputs.size() ? values_.find(operation.inputs[i]) : values_.end();
  if (found == values_.end())
    refuse(operation, fmt::format("expected an input {} that the model's input leads to", i));
  return found->second;
}

bool Importer::is_value(const Operation& operation, std::size_t i) const {
  return i < operation.inputs.size() && values_.contains(operation.inputs[i]);
}

/// Null where it is left out or no constant.
const Tensor* Importer::optional_constant(const Operation& operation, std::size_t i) const {
  if (i >= operation.inputs.size() || operation.inputs[i].empty()) return nullptr;
  const auto found = constants_.find(operation.inputs[i]);
  return found == constants_.end() ? nullptr : &found->second;
}

const Tensor& Importer::constant(const Operation& operation, std::size_t i,
                                 std::size_t dims) const {
  const auto* found = optional_constant(operation, i);
  if (found == nullptr || found->dims.size() != dims)
    refuse(operation, fmt::format("expected a constant input {} of {} dimensions", i, dims));
  return *found;
}

/// [features], zeros where it is left out.
std::vector<double> Importer::bias(const Operation& operation, std::size_t i,
                                   std::int64_t features) const {
  if (i >= operation.inputs.size() || operation.inputs[i].empty())
    return std::vector<double>(static_cast<std::size_t>(features), 0.0);
  const auto* found = optional_constant(operation, i);
  if (found == nullptr || found->numel() != features)
    refuse(operation, fmt::format("expected a constant of {} entries as input {}", features, i));
  return found->values;
}

std::ptrdiff_t Importer::uses(const std::string& name) const {
  std::ptrdiff_t count = std::count(graph_.outputs.begin(), graph_.outputs.end(), name);
  for (const auto& operation : graph_.operations)
    count += std::count(operation.inputs.begin(), operation.inputs.end(), name);
  return count;
}

void Importer::read(const Operation& operation) {
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
    if (operation.type == "Transpose" || operation.type == "Identity")
      origins_[operation.outputs[0]] = origin(operation, 0, operation.type == "Transpose");
    return;
  }
  if (operation.type == "Split") return split(operation);
  values_[operation.outputs[0]] = result(operation);
}

Value Importer::result(const Operation& o) {
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
