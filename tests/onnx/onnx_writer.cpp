// As the library was built, and without LibTorch's headers, which bring a protobuf of their own.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include "tests/onnx/onnx_writer.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace assay {

struct OnnxWriter::File {
  onnx::ModelProto model;
  std::string last = "input";  ///< the value that the next operation takes
  int names = 0;

  onnx::GraphProto& graph() { return *model.mutable_graph(); }
  onnx::NodeProto& append(const std::string& type) {
    auto& node = *graph().add_node();
    node.set_op_type(type);
    node.set_name(type + std::to_string(names));
    node.add_input(last);
    last = "value" + std::to_string(names++);
    node.add_output(last);
    return node;
  }
};

namespace {

void set(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const auto value : values)
    attribute.add_ints(value);
}

void describe(onnx::ValueInfoProto& value, const std::string& name,
              const std::vector<std::int64_t>& example) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param("batch");
  for (const auto size : example)
    tensor.mutable_shape()->add_dim()->set_dim_value(size);
}

}  // namespace

OnnxWriter::OnnxWriter(const std::vector<std::int64_t>& example, unsigned seed)
    : file_(std::make_unique<File>()), random_(seed) {
  file_->model.set_ir_version(8);
  file_->model.add_opset_import()->set_version(17);
  file_->graph().set_name("model");
  describe(*file_->graph().add_input(), "input", example);
}
OnnxWriter::OnnxWriter(OnnxWriter&&) noexcept = default;
OnnxWriter::~OnnxWriter() = default;

std::string OnnxWriter::parameter(const std::vector<std::int64_t>& dims, std::int64_t fan_in) {
  auto& tensor = *file_->graph().add_initializer();
  tensor.set_name("parameter" + std::to_string(file_->names++));
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  const auto bound = 1.0F / std::sqrt(static_cast<float>(fan_in));
  std::uniform_real_distribution<float> uniform(-bound, bound);
  const auto count = std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies());
  for (const auto size : dims)
    tensor.add_dims(size);
  for (std::int64_t i = 0; i < count; ++i) {
    weights_.push_back(uniform(random_));
    tensor.add_float_data(weights_.back());
  }
  return tensor.name();
}

OnnxWriter& OnnxWriter::flatten() {
  return operation("Flatten");
}

OnnxWriter& OnnxWriter::linear(std::int64_t in, std::int64_t out) {
  auto& node = file_->append("Gemm");
  node.add_input(parameter({out, in}, in));
  node.add_input(parameter({out}, in));
  auto& transposed = *node.add_attribute();
  transposed.set_name("transB");
  transposed.set_type(onnx::AttributeProto::INT);
  transposed.set_i(1);
  return *this;
}

OnnxWriter& OnnxWriter::convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                    std::int64_t stride) {
  auto& node = file_->append("Conv");
  node.add_input(parameter({out, in, kernel, kernel}, in * kernel * kernel));
  node.add_input(parameter({out}, in * kernel * kernel));
  const auto padding = kernel / 2;
  set(node, "kernel_shape", {kernel, kernel});
  set(node, "strides", {stride, stride});
  set(node, "pads", {padding, padding, padding, padding});
  return *this;
}

OnnxWriter& OnnxWriter::max_pool(std::int64_t kernel) {
  auto& node = file_->append("MaxPool");
  set(node, "kernel_shape", {kernel, kernel});
  set(node, "strides", {kernel, kernel});
  return *this;
}

OnnxWriter& OnnxWriter::lookup(std::int64_t tokens, std::int64_t features) {
  const auto places = file_->last;
  auto& node = file_->append("Gather");
  node.set_input(0, parameter({tokens, features}, features));
  node.add_input(places);
  return *this;
}

OnnxWriter& OnnxWriter::again() {
  const auto& nodes = file_->graph().node();
  const auto before = *std::find_if(nodes.rbegin(), nodes.rend(),
                                    [](const auto& node) { return node.input_size() == 3; });
  auto& node = file_->append(before.op_type());
  node.add_input(before.input(1));
  node.add_input(before.input(2));
  *node.mutable_attribute() = before.attribute();
  return *this;
}

OnnxWriter& OnnxWriter::operation(const std::string& type) {
  file_->append(type);
  return *this;
}

OnnxWriter& OnnxWriter::add_to_all(float value) {
  for (auto& tensor : *file_->graph().mutable_initializer()) {
    for (auto& entry : *tensor.mutable_float_data())
      entry += value;
  }
  for (auto& entry : weights_)
    entry += value;
  return *this;
}

std::string OnnxWriter::bytes() const {
  auto model = file_->model;
  describe(*model.mutable_graph()->add_output(), file_->last, {});
  return model.SerializeAsString();
}

OnnxWriter onnx_mlp(const std::vector<std::int64_t>& example, std::int64_t hidden,
                    std::int64_t outputs, unsigned seed) {
  const auto in =
      std::accumulate(example.begin(), example.end(), std::int64_t{1}, std::multiplies());
  OnnxWriter out(example, seed);
  out.flatten().linear(in, hidden).operation("Relu").linear(hidden, outputs);
  return out;
}

OnnxWriter onnx_tied_mlp(const std::vector<std::int64_t>& example, std::int64_t hidden,
                         std::int64_t outputs, unsigned seed) {
  const auto in =
      std::accumulate(example.begin(), example.end(), std::int64_t{1}, std::multiplies());
  OnnxWriter out(example, seed);
  out.flatten().linear(in, hidden).operation("Relu").linear(hidden, hidden).operation("Relu");
  out.again().operation("Relu").linear(hidden, outputs);
  return out;
}

OnnxWriter onnx_cnn(std::int64_t outputs, unsigned seed) {
  OnnxWriter out({1, 28, 28}, seed);
  out.convolution(1, 2, 5, 2).operation("Relu").max_pool(2).flatten().linear(2 * 7 * 7, outputs);
  return out;
}

}  // namespace assay
