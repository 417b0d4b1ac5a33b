#include "core/models/onnx/operands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace assay::onnx_file {
namespace {

using Sizes = std::vector<std::int64_t>;

template <class T>
T attribute(const Operation& operation, const std::string& name, T otherwise) {
  const auto found = operation.attributes.find(name);
  if (found == operation.attributes.end()) return otherwise;
  if (const auto* value = std::get_if<T>(&found->second)) return *value;
  refuse(operation, fmt::format("attribute '{}' has another type than expected", name));
}

Sizes axes_of(const Operation& operation, const Tensor* parameter) {
  auto axes = integers(operation, "axes", {});
  return axes.empty() && parameter != nullptr ? whole_numbers(operation, *parameter) : axes;
}

Sizes squeezed(const Operation& operation, const Sizes& from, const Tensor* parameter) {
  const auto axes = axes_of(operation, parameter);
  std::vector<bool> dropped(from.size(), false);
  for (const auto axis : axes)
    dropped[axis_of(operation, axis, from.size())] = true;
  Sizes out;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const bool drop = axes.empty() ? from[i] == 1 : dropped[i];
    if (drop && from[i] != 1) refuse(operation, fmt::format("axis {} has {} entries", i, from[i]));
    if (!drop) out.push_back(from[i]);
  }
  return out;
}

Sizes unsqueezed(const Operation& operation, const Sizes& from, const Tensor* parameter) {
  const auto axes = axes_of(operation, parameter);
  const auto dims = from.size() + axes.size();
  if (dims > 16) refuse(operation, "expected at most 16 dimensions");
  std::vector<bool> added(dims, false);
  for (const auto axis : axes)
    added[axis_of(operation, axis, dims)] = true;
  if (std::count(added.begin(), added.end(), true) != static_cast<std::ptrdiff_t>(axes.size()))
    refuse(operation, "expected axes that differ");
  Sizes out;
  auto next = from.begin();
  for (std::size_t i = 0; i < dims; ++i)
    out.push_back(added[i] ? 1 : *next++);
  return out;
}

Sizes flattened(const Operation& operation, const Sizes& from) {
  const auto axis = integer(operation, "axis", 1);
  const auto dims = static_cast<std::int64_t>(from.size());
  const auto split = axis < 0 ? axis + dims : axis;
  if (split < 0 || split > dims) refuse(operation, fmt::format("has no axis {}", axis));
  Sizes out = {1, 1};
  for (std::int64_t i = 0; i < dims; ++i)
    out[i < split ? 0 : 1] *= from[static_cast<std::size_t>(i)];
  return out;
}

}  // namespace

void refuse(const Operation& operation, const std::string& what) {
  throw std::invalid_argument(
      fmt::format("onnx: node '{}' ({}): {}", operation.name, operation.type, what));
}

std::int64_t integer(const Operation& operation, const std::string& name, std::int64_t otherwise) {
  return attribute(operation, name, otherwise);
}
double number(const Operation& operation, const std::string& name, double otherwise) {
  return attribute(operation, name, otherwise);
}
std::string text(const Operation& operation, const std::string& name,
                 const std::string& otherwise) {
  return attribute(operation, name, otherwise);
}
Sizes integers(const Operation& operation, const std::string& name, Sizes otherwise) {
  return attribute(operation, name, std::move(otherwise));
}

Sizes whole_numbers(const Operation& operation, const Tensor& tensor) {
  Sizes out;
  for (const auto value : tensor.values) {
    // The end of a slice may be as large as an integer can be.
    const auto bounded = std::clamp(value, -0x1p62, 0x1p62);
    if (std::isnan(value) || bounded != std::floor(bounded))
      refuse(operation, "expected whole numbers");
    out.push_back(static_cast<std::int64_t>(bounded));
  }
  return out;
}

std::size_t axis_of(const Operation& operation, std::int64_t axis, std::size_t dims) {
  const auto count = static_cast<std::int64_t>(dims);
  if (axis < -count || axis >= count)
    refuse(operation, fmt::format("expected an axis of {} dimensions, got {}", dims, axis));
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

Sizes reshaped(const Operation& operation, const Sizes& from, Sizes to, bool zeros) {
  std::int64_t total = 1, known = 1;
  for (const auto size : from)
    total *= size;
  std::ptrdiff_t open = -1;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] == 0 && !zeros && i < from.size()) to[i] = from[i];
    if (to[i] == -1 && open < 0) {
      open = static_cast<std::ptrdiff_t>(i);
    } else if (to[i] < 1 || to[i] > total || known > total / to[i]) {
      refuse(operation, fmt::format("cannot give [{}] the shape [{}]", fmt::join(from, ", "),
                                    fmt::join(to, ", ")));
    } else {
      known *= to[i];
    }
  }
  if (open >= 0) to[static_cast<std::size_t>(open)] = total / known;
  if (open >= 0 ? total % known != 0 : known != total) {
    refuse(operation, fmt::format("cannot give [{}] the shape [{}]", fmt::join(from, ", "),
                                  fmt::join(to, ", ")));
  }
  return to;
}

std::optional<Sizes> relabelled(const Operation& operation, const Sizes& from,
                                const Tensor* parameter) {
  const auto& type = operation.type;
  if (type == "Identity") return from;
  if (type == "Squeeze") return squeezed(operation, from, parameter);
  if (type == "Unsqueeze") return unsqueezed(operation, from, parameter);
  if (type == "Flatten") return flattened(operation, from);
  if (type == "Reshape") {
    if (parameter == nullptr) refuse(operation, "expected a shape that is a constant");
    return reshaped(operation, from, whole_numbers(operation, *parameter),
                    integer(operation, "allowzero", 0) != 0);
  }
  return {};
}

}  // namespace assay::onnx_file
