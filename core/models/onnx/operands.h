#pragma once

#include <optional>

#include "core/models/onnx/graph.h"

namespace assay::onnx_file {

/// Says of which node it is. Errors: throws std::invalid_argument, always.
[[noreturn]] void refuse(const Operation& operation, const std::string& what);

/// Attributes by name, or their defaults. Errors: std::invalid_argument for another type.
std::int64_t integer(const Operation& operation, const std::string& name, std::int64_t otherwise);
double number(const Operation& operation, const std::string& name, double otherwise);
std::string text(const Operation& operation, const std::string& name, const std::string& otherwise);
std::vector<std::int64_t> integers(const Operation& operation, const std::string& name,
                                   std::vector<std::int64_t> otherwise);

/// A constant's entries as whole numbers. Errors: std::invalid_argument if they are not.
std::vector<std::int64_t> whole_numbers(const Operation& operation, const Tensor& tensor);

/// An axis counted from either end, from 0. Errors: std::invalid_argument if there is no such one.
std::size_t axis_of(const Operation& operation, std::int64_t axis, std::size_t dims);

/// A reshape's target, whose 0 takes the old size (unless `zeros`) and whose -1 takes what is left.
std::vector<std::int64_t> reshaped(const Operation& operation,
                                   const std::vector<std::int64_t>& from,
                                   std::vector<std::int64_t> to, bool zeros);

/// Squeeze, Unsqueeze, Flatten, Reshape and Identity as new shapes of the same entries; nothing for
/// other operators. `parameter`: their second input, where it is a constant.
std::optional<std::vector<std::int64_t>> relabelled(const Operation& operation,
                                                    const std::vector<std::int64_t>& from,
                                                    const Tensor* parameter);

}  // namespace assay::onnx_file
