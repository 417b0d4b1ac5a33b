#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "core/models/onnx/importer.h"
#include "core/models/onnx/operands.h"

namespace assay::onnx_file {
namespace {

/// A constant beside a value of some shape, which it may not enlarge; without ones in front.
std::optional<Sizes> beside(const Sizes& value, Sizes constant) {
  while (!constant.empty() && constant[0] == 1)
    constant.erase(constant.begin());
  if (constant.size() > value.size()) return {};
  for (std::size_t i = 1; i <= constant.size(); ++i) {
    const auto size = constant[constant.size() - i];
    if (size != 1 && size != value[value.size() - i]) return {};
  }
  return constant;
}

}  // namespace

Value Importer::reduce_mean(const Operation& o) {
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
Value Importer::permuted(const Operation& o, const Value& x, const Sizes& order) {
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

Value Importer::transpose(const Operation& o) {
  const auto& x = value(o, 0);
  Sizes reversed(x.shape.size()), all(x.shape.size());
  std::iota(all.begin(), all.end(), 0);
  std::reverse_copy(all.begin(), all.end(), reversed.begin());
  const auto order = integers(o, "perm", reversed);
  if (!std::is_permutation(order.begin(), order.end(), all.begin(), all.end()))
    refuse(o, "expected a permutation of the dimensions");
  return permuted(o, x, order);
}

Value Importer::scaled(const Operation& o, const Value& x, double factor, double offset) {
  return append(o, o.name, Scale{factor, offset}, {x.node}, x.shape);
}

/// With a constant tensor: plus (Offset) or times (Gain).
template <class LearntTensor>
Value Importer::with_constant(const Operation& o, const Value& x, const Tensor& by,
                              const std::vector<double>& values, std::optional<Origin> origin) {
  auto from = example_shape(x.shape);
  const auto shape = beside(from, by.dims);
  if (!shape) {
    refuse(o, fmt::format("expected a constant that broadcasts to [{}], got [{}]",
                          fmt::join(x.shape, ", "), fmt::join(by.dims, ", ")));
  }
  const auto y = append(o, o.name, LearntTensor{*shape}, {as(o, x, from)}, x.shape);
  weights(values, std::move(origin));
  return y;
}

/// Both operands: either may be the constant one.
std::pair<std::size_t, const Tensor*> Importer::constant_side(const Operation& o) const {
  if (o.inputs.size() != 2) refuse(o, "expected two inputs");
  if (const auto* right = optional_constant(o, 1)) return {0, right};
  return {1, optional_constant(o, 0)};
}

Value Importer::add(const Operation& o) {
  const auto [side, by] = constant_side(o);
  const bool minus = o.type == "Sub";
  if (by == nullptr) {
    const auto& a = value(o, 0);
    auto b = value(o, 1);
    if (a.shape != b.shape && example_shape(a.shape) != example_shape(b.shape)) {
      refuse(o, fmt::format("expected two inputs of one shape, got [{}] and [{}]",
                            fmt::join(a.shape, ", "), fmt::join(b.shape, ", ")));
    }
    if (minus) b = append(o, o.name + ".negated", Scale{-1.0, 0.0}, {b.node}, b.shape);
    auto shape = example_shape(a.shape);
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
    learnt_[open->second] = {floats(values), origin(o, 1 - side)};
    return x;
  }
  return with_constant<Offset>(o, x, *by, values,
                               sign == 1.0 ? std::optional(origin(o, 1 - side)) : std::nullopt);
}

Value Importer::multiply(const Operation& o) {
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
    const auto left = as(o, a, example_shape(a.shape)), right = as(o, b, example_shape(b.shape));
    return append(o, o.name, Multiply{}, {left, right}, shape);
  }
  if (quotient && side == 1) refuse(o, "expected a constant divisor");
  const auto& x = value(o, side);
  auto values = by->values;
  for (auto& v : values)
    v = quotient ? 1.0 / v : v;
  if (by->numel() == 1) return scaled(o, x, values[0], 0.0);
  return with_constant<Gain>(o, x, *by, values,
                             quotient ? std::nullopt : std::optional(origin(o, 1 - side)));
}

Value Importer::negate(const Operation& o) {
  return scaled(o, value(o, 0), -1.0, 0.0);
}

Value Importer::power(const Operation& o) {
  const auto* exponent = optional_constant(o, 1);
  const auto& x = value(o, 0);
  const double n = exponent != nullptr && exponent->numel() == 1 ? exponent->values[0] : 0.0;
  if (n != 1.0 && n != 2.0 && n != 3.0 && n != 4.0) refuse(o, "expected a power of 1, 2, 3 or 4");
  if (n == 1.0) return x;
  return append(o, o.name, Multiply{},
                std::vector<std::int64_t>(static_cast<std::size_t>(n), x.node), x.shape);
}

/// Along an axis that is not the batch: the shape for it, and which dimension that is then.
std::pair<Sizes, std::int64_t> Importer::along(const Operation& o, const Sizes& shape,
                                               std::int64_t axis) const {
  const auto at = static_cast<std::int64_t>(axis_of(o, axis, shape.size()));
  if (at == 0 || shape[0] != 1) return {shape, at};
  return {example_shape(shape), at - 1};
}

Value Importer::concat(const Operation& o) {
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

Value Importer::part(const Operation& o, const Value& x, std::int64_t axis, std::int64_t start,
                     std::int64_t length) {
  const auto [from, dim] = along(o, x.shape, axis);
  auto shape = x.shape;
  shape[axis_of(o, axis, shape.size())] = length;
  if (shape == x.shape && start == 0) return x;
  const auto node = as(o, x, from);
  return append(o, o.name, Slice{dim, start, length}, {node}, shape);
}

Value Importer::slice(const Operation& o) {
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

void Importer::split(const Operation& o) {
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
Value Importer::gather(const Operation& o) {
  const auto axis = integer(o, "axis", 0);
  if (!is_value(o, 0)) {
    const auto& table = constant(o, 0, 2);
    if (axis != 0) refuse(o, "expected rows of a table");
    const auto& x = value(o, 1);
    auto shape = x.shape;
    shape.push_back(table.dims[1]);
    const auto y = append(o, o.name, Embedding{table.dims[0], table.dims[1]},
                          {as(o, x, example_shape(x.shape))}, shape);
    weights(table.values, origin(o, 0));
    return y;
  }
  const auto* index = optional_constant(o, 1);
  if (index == nullptr || index->numel() != 1) refuse(o, "expected one constant index");
  const auto& x = value(o, 0);
  const auto at = axis_of(o, axis, x.shape.size());
  const auto place = whole_numbers(o, *index)[0];
  auto y =
      part(o, x, axis,
           static_cast<std::int64_t>(axis_of(o, place, static_cast<std::size_t>(x.shape[at]))), 1);
  if (index->dims.empty()) y.shape.erase(y.shape.begin() + static_cast<std::ptrdiff_t>(at));
  if (y.shape.empty()) y.shape = {1};
  return y;
}

}  // namespace assay::onnx_file
