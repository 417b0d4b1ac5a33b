#include "core/models/onnx/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/models/onnx/operands.h"

namespace assay::onnx_file {
namespace {

using Operands = std::vector<const Tensor*>;

const Tensor& operand(const Operation& operation, const Operands& inputs, std::size_t i) {
  if (i >= inputs.size() || inputs[i] == nullptr)
    refuse(operation, fmt::format("expected an input {}", i));
  return *inputs[i];
}

Tensor constant(const Operation& operation) {
  for (const auto& [name, value] : operation.attributes) {
    if (const auto* tensor = std::get_if<Tensor>(&value)) return *tensor;
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      return {{}, {static_cast<double>(*whole)}, true};
    if (const auto* real = std::get_if<double>(&value)) return {{}, {*real}, false};
    if (const auto* all = std::get_if<std::vector<std::int64_t>>(&value)) {
      return {{static_cast<std::int64_t>(all->size())}, {all->begin(), all->end()}, true};
    }
  }
  refuse(operation, "expected a value");
}

/// Rows of a vector, or single ones.
Tensor gathered(const Operation& operation, const Operands& inputs) {
  const auto &data = operand(operation, inputs, 0), &index = operand(operation, inputs, 1);
  if (data.dims.size() != 1 || integer(operation, "axis", 0) != 0)
    refuse(operation, "expected entries of a vector among constants");
  Tensor out{index.dims, {}, data.whole};
  for (const auto i : whole_numbers(operation, index))
    out.values.push_back(data.values[axis_of(operation, i, data.values.size())]);
  return out;
}

Tensor joined(const Operation& operation, const Operands& inputs) {
  Tensor out{{0}, {}, true};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& part = operand(operation, inputs, i);
    if (part.dims.size() != 1) refuse(operation, "expected vectors among constants");
    out.values.insert(out.values.end(), part.values.begin(), part.values.end());
    out.whole = out.whole && part.whole;
  }
  out.dims = {out.numel()};
  return out;
}

Tensor sliced(const Operation& operation, const Operands& inputs) {
  const auto& data = operand(operation, inputs, 0);
  const auto one = [&](std::size_t i, std::int64_t otherwise) {
    if (i >= inputs.size() || inputs[i] == nullptr) return otherwise;
    const auto all = whole_numbers(operation, *inputs[i]);
    if (all.size() != 1) refuse(operation, "expected one axis among constants");
    return all[0];
  };
  const auto size = data.numel();
  if (data.dims.size() != 1 || one(3, 0) != 0 || one(4, 1) != 1)
    refuse(operation, "expected steps of 1 along a vector among constants");
  const auto place = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size);
  };
  const auto begin = place(one(1, 0)), end = std::max(begin, place(one(2, size)));
  Tensor out{{end - begin}, {}, data.whole};
  out.values.assign(data.values.begin() + begin, data.values.begin() + end);
  return out;
}

Tensor transposed(const Operation& operation, const Operands& inputs) {
  const auto& from = operand(operation, inputs, 0);
  if (from.dims.size() != 2 ||
      integers(operation, "perm", {1, 0}) != std::vector<std::int64_t>{1, 0})
    refuse(operation, "expected the transpose of a matrix among constants");
  const auto rows = from.dims[0], columns = from.dims[1];
  Tensor out{{columns, rows}, {}, from.whole};
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r)
      out.values.push_back(from.values[static_cast<std::size_t>(r * columns + c)]);
  }
  return out;
}

/// Entry by entry; one of them may be a single number.
template <class F>
Tensor combined(const Operation& operation, const Operands& inputs, F f) {
  const auto &a = operand(operation, inputs, 0), &b = operand(operation, inputs, 1);
  const auto& larger = a.numel() >= b.numel() ? a : b;
  if (a.dims != b.dims &&
      (a.values.empty() || b.values.empty() || (a.numel() != 1 && b.numel() != 1)))
    refuse(operation, "expected constants of one shape, or a single number");
  Tensor out{larger.dims, {}, a.whole && b.whole};
  for (std::size_t i = 0; i < larger.values.size(); ++i)
    out.values.push_back(
        f(a.values[a.numel() == 1 ? 0 : i], b.values[b.numel() == 1 ? 0 : i], out.whole));
  return out;
}

}  // namespace

std::optional<Tensor> fold(const Operation& operation, const Operands& inputs) {
  const auto& type = operation.type;
  if (type == "Constant") return constant(operation);
  if (type == "Gather") return gathered(operation, inputs);
  if (type == "Concat") return joined(operation, inputs);
  if (type == "Slice") return sliced(operation, inputs);
  if (type == "Transpose") return transposed(operation, inputs);
  if (type == "Shape") {
    const auto& dims = operand(operation, inputs, 0).dims;
    return Tensor{{static_cast<std::int64_t>(dims.size())}, {dims.begin(), dims.end()}, true};
  }
  if (type == "Add")
    return combined(operation, inputs, [](double a, double b, bool) { return a + b; });
  if (type == "Sub")
    return combined(operation, inputs, [](double a, double b, bool) { return a - b; });
  if (type == "Mul")
    return combined(operation, inputs, [](double a, double b, bool) { return a * b; });
  if (type == "Div") {
    return combined(operation, inputs, [](double a, double b, bool whole) {
      return whole ? std::trunc(a / b) : a / b;
    });
  }
  if (type == "Mod") {
    return combined(operation, inputs,
                    [](double a, double b, bool) { return a - std::floor(a / b) * b; });
  }
  if (type == "Cast" || type == "Sqrt") {
    auto out = operand(operation, inputs, 0);
    constexpr std::int64_t kInt32 = 6, kInt64 = 7;  // TensorProto's types
    const auto to = integer(operation, "to", 1);
    out.whole = type == "Cast" && (to == kInt32 || to == kInt64);
    for (auto& value : out.values)
      value = type == "Sqrt" ? std::sqrt(value) : out.whole ? std::trunc(value) : value;
    return out;
  }
  if (inputs.empty() || inputs[0] == nullptr) return {};
  auto sizes = relabelled(operation, inputs[0]->dims, inputs.size() > 1 ? inputs[1] : nullptr);
  if (!sizes) return {};
  auto out = *inputs[0];
  out.dims = std::move(*sizes);
  return out;
}

}  // namespace assay::onnx_file
