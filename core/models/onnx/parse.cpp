// As the library was built, and without LibTorch's headers, which bring a protobuf of their own.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "core/models/onnx/graph.h"

namespace assay::onnx_file {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("onnx: " + what);
}

template <class T>
std::vector<double> from_bytes(const std::string& raw, std::size_t count, const std::string& name) {
  if (raw.size() != count * sizeof(T)) {
    refuse("tensor '" + name + "': expected " + std::to_string(count * sizeof(T)) + " bytes, got " +
           std::to_string(raw.size()));
  }
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, raw.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<double>(value);
  }
  return out;
}

template <class T, class Field>
std::vector<double> values_of(const onnx::TensorProto& from, const Field& field,
                              std::int64_t entries) {
  const auto count = static_cast<std::size_t>(entries);
  if (from.has_raw_data()) return from_bytes<T>(from.raw_data(), count, from.name());
  if (static_cast<std::size_t>(field.size()) != count) {
    refuse("tensor '" + from.name() + "': expected " + std::to_string(count) + " values, got " +
           std::to_string(field.size()));
  }
  return {field.begin(), field.end()};
}

Tensor tensor_of(const onnx::TensorProto& from) {
  if (from.data_location() == onnx::TensorProto::EXTERNAL || from.external_data_size() > 0)
    refuse("tensor '" + from.name() + "': expected weights inside the file, got external data");
  Tensor out;
  // Bounded even where an empty dimension makes the product 0.
  std::int64_t count = 1, bound = 1;
  for (const auto dim : from.dims()) {
    if (dim < 0 || std::max<std::int64_t>(dim, 1) > (std::int64_t{1} << 32) / bound)
      refuse("tensor '" + from.name() + "': expected a shape of at most 2^32 entries");
    count *= dim;
    bound *= std::max<std::int64_t>(dim, 1);
    out.dims.push_back(dim);
  }
  switch (from.data_type()) {
    case onnx::TensorProto::FLOAT:
      out.values = values_of<float>(from, from.float_data(), count);
      return out;
    case onnx::TensorProto::DOUBLE:
      out.values = values_of<double>(from, from.double_data(), count);
      return out;
    case onnx::TensorProto::INT64:
      out.values = values_of<std::int64_t>(from, from.int64_data(), count);
      break;
    case onnx::TensorProto::INT32:
      out.values = values_of<std::int32_t>(from, from.int32_data(), count);
      break;
    case onnx::TensorProto::BOOL:
      out.values = values_of<std::uint8_t>(from, from.int32_data(), count);
      break;
    default:
      refuse("tensor '" + from.name() +
             "': expected float, double, int32, int64 or bool, got type " +
             std::to_string(from.data_type()));
  }
  out.whole = true;
  return out;
}

Attribute attribute_of(const onnx::AttributeProto& from, const std::string& node) {
  switch (from.type()) {
    case onnx::AttributeProto::INT:
      return from.i();
    case onnx::AttributeProto::FLOAT:
      return static_cast<double>(from.f());
    case onnx::AttributeProto::STRING:
      return from.s();
    case onnx::AttributeProto::INTS:
      return std::vector<std::int64_t>(from.ints().begin(), from.ints().end());
    case onnx::AttributeProto::FLOATS:
      return std::vector<double>(from.floats().begin(), from.floats().end());
    case onnx::AttributeProto::TENSOR:
      return tensor_of(from.t());
    default:
      refuse("node '" + node + "': attribute '" + from.name() + "' has an unsupported type");
  }
}

Input input_of(const onnx::ValueInfoProto& from) {
  if (!from.type().has_tensor_type() || !from.type().tensor_type().has_shape())
    refuse("input '" + from.name() + "': expected a tensor with a shape");
  Input out{from.name(), {}};
  for (const auto& dim : from.type().tensor_type().shape().dim())
    out.dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  return out;
}

}  // namespace

Graph parse(std::span<const std::byte> file) {
  onnx::ModelProto model;
  if (file.empty() || file.size() > std::numeric_limits<int>::max() ||
      !model.ParseFromArray(file.data(), static_cast<int>(file.size())) || !model.has_graph()) {
    refuse("expected an ONNX model, got something else or a part of one");
  }
  Graph out;
  for (const auto& set : model.opset_import()) {
    if (set.domain().empty() || set.domain() == "ai.onnx") out.opset = set.version();
  }
  if (out.opset < 7) refuse("expected operator set 7 or later, got " + std::to_string(out.opset));
  if (model.functions_size() > 0) refuse("expected a model without local functions");
  const auto& graph = model.graph();
  for (const auto& constant : graph.initializer())
    out.constants.insert_or_assign(constant.name(), tensor_of(constant));
  for (const auto& input : graph.input()) {
    if (!out.constants.contains(input.name())) out.inputs.push_back(input_of(input));
  }
  for (const auto& output : graph.output())
    out.outputs.push_back(output.name());
  for (const auto& node : graph.node()) {
    Operation operation{node.op_type(),
                        node.name(),
                        {node.input().begin(), node.input().end()},
                        {node.output().begin(), node.output().end()},
                        {}};
    if (operation.name.empty() && !operation.outputs.empty()) operation.name = operation.outputs[0];
    if (!node.domain().empty() && node.domain() != "ai.onnx") {
      refuse("node '" + operation.name + "': unsupported operator " + node.domain() + "." +
             operation.type);
    }
    for (const auto& attribute : node.attribute())
      operation.attributes.insert_or_assign(attribute.name(),
                                            attribute_of(attribute, operation.name));
    out.operations.push_back(std::move(operation));
  }
  return out;
}

}  // namespace assay::onnx_file
