#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace assay::onnx_file {

/// The part of an ONNX file that a ModelSpec is made of, as plain values: no protobuf and no
/// LibTorch, whose headers do not go together.

struct Tensor {
  std::vector<std::int64_t> dims;
  std::vector<double> values;  ///< whole numbers below 2^53 are exact
  bool whole = false;          ///< of an integer type

  std::int64_t numel() const { return static_cast<std::int64_t>(values.size()); }
};

using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>,
                               std::vector<double>, Tensor>;

struct Operation {
  std::string type;  ///< "Gemm"
  std::string name;  ///< of the node; its first output's where the file gives none
  std::vector<std::string> inputs, outputs;  ///< "" for an input that is left out
  std::map<std::string, Attribute> attributes;
};

struct Input {
  std::string name;
  std::vector<std::int64_t> dims;  ///< -1: whatever the caller gives
};

struct Graph {
  std::int64_t opset = 0;
  std::vector<Operation> operations;  ///< each after those whose results it takes
  std::map<std::string, Tensor> constants;
  std::vector<Input> inputs;  ///< without constants
  std::vector<std::string> outputs;
};

/// Errors: std::invalid_argument unless the bytes are an ONNX model with its weights inside, of
/// float, double, int32, int64 or bool tensors.
Graph parse(std::span<const std::byte> file);

}  // namespace assay::onnx_file
