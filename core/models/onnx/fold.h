#pragma once

#include <functional>
#include <optional>

#include "core/models/onnx/graph.h"

namespace assay::onnx_file {

/// The result of an operation on constants alone, as exporters compute shapes with: Constant,
/// Shape, Gather, Concat, Slice, Cast, Add, Sub, Mul, Div, Mod, Sqrt, Transpose of a matrix, and
/// what only gives a new shape. Nothing for other operators. Errors: std::invalid_argument for
/// operands that do not fit.
std::optional<Tensor> fold(const Operation& operation, const std::vector<const Tensor*>& inputs);

}  // namespace assay::onnx_file
