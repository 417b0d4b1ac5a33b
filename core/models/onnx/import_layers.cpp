#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/models/onnx/importer.h"
#include "core/models/onnx/operands.h"

namespace assay::onnx_file {
namespace {

std::vector<double> transposed(const Tensor& matrix) {
  const auto rows = matrix.dims[0], columns = matrix.dims[1];
  std::vector<double> out;
  out.reserve(matrix.values.size());
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r)
      out.push_back(matrix.values[static_cast<std::size_t>(r * columns + c)]);
  }
  return out;
}

}  // namespace

/// The last dimension by a matrix [out, in].
Value Importer::linear(const Operation& o, const Value& x, std::int64_t in, std::int64_t out,
                       const Learnt& matrix, const Learnt& offset) {
  if (x.shape.empty() || x.shape.back() != in)
    refuse(o,
           fmt::format("expected an input of [..., {}], got [{}]", in, fmt::join(x.shape, ", ")));
  auto from = example_shape(x.shape);
  auto shape = x.shape;
  shape.back() = out;
  const auto y = append(o, o.name, Linear{in, out}, {as(o, x, from)}, shape);
  learnt_.push_back(matrix);
  learnt_.push_back(offset);
  return y;
}

Value Importer::gemm(const Operation& o) {
  const auto& weight = constant(o, 1, 2);
  const bool transposed_weight = integer(o, "transB", 0) != 0;
  if (integer(o, "transA", 0) != 0) refuse(o, "expected transA = 0");
  const auto in = weight.dims[transposed_weight ? 1 : 0],
             out = weight.dims[transposed_weight ? 0 : 1];
  auto matrix = transposed_weight ? weight.values : transposed(weight);
  auto offset = bias(o, 2, out);
  const auto alpha = number(o, "alpha", 1.0), beta = number(o, "beta", 1.0);
  for (auto& value : matrix)
    value *= alpha;
  for (auto& value : offset)
    value *= beta;
  const auto if_whole = [](double factor, Origin origin) {
    return factor == 1.0 ? std::optional(std::move(origin)) : std::nullopt;
  };
  return linear(o, value(o, 0), in, out,
                {floats(matrix), if_whole(alpha, origin(o, 1, !transposed_weight))},
                {floats(offset), if_whole(beta, origin(o, 2))});
}

Value Importer::matmul(const Operation& o) {
  if (!is_value(o, 1)) {
    const auto& weight = constant(o, 1, 2);
    const auto y =
        linear(o, value(o, 0), weight.dims[0], weight.dims[1],
               {floats(transposed(weight)), origin(o, 1, /*transposed=*/true)},
               {std::vector<float>(static_cast<std::size_t>(weight.dims[1]), 0.0F), Origin{}});
    open_bias_[o.outputs[0]] = learnt_.size() - 1;
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

/// Square windows, alike on all sides.
Importer::Window Importer::window(const Operation& o, const Sizes& kernel, std::size_t dims) const {
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
std::int64_t Importer::example(const Operation& o, const Value& x, std::size_t dims) {
  if (x.shape.size() != dims + 1 || x.shape[0] != 1)
    refuse(o, fmt::format("expected an input of {} dimensions behind the batch, got [{}]", dims,
                          fmt::join(x.shape, ", ")));
  return as(o, x, example_shape(x.shape));
}

Value Importer::batched(Value y) {
  y.shape = y.actual;
  y.shape.insert(y.shape.begin(), 1);
  return y;
}

Value Importer::conv(const Operation& o) {
  const auto* weight = optional_constant(o, 1);
  if (weight == nullptr || weight->dims.size() < 3 || weight->dims.size() > 4)
    refuse(o, "expected a constant weight of 3 or 4 dimensions");
  const auto groups = integer(o, "group", 1);
  if (groups < 1 || groups > weight->dims[0]) refuse(o, "expected groups that divide the channels");
  const auto dims = weight->dims.size() - 2;
  const auto w = window(o, {weight->dims.begin() + 2, weight->dims.end()}, dims);
  const auto in = weight->dims[1] * groups, out = weight->dims[0];
  const auto x = example(o, value(o, 0), dims + 1);
  const auto layer = dims == 1 ? Layer(Conv1d{in, out, w.kernel, w.stride, w.padding, groups})
                               : Layer(Conv2d{in, out, w.kernel, w.stride, w.padding, groups});
  const auto y = append(o, o.name, layer, {x}, {});
  weights(weight->values, origin(o, 1));
  weights(bias(o, 2, out), origin(o, 2));
  return batched(y);
}

Value Importer::conv_transpose(const Operation& o) {
  const auto& weight = constant(o, 1, 4);
  if (integer(o, "group", 1) != 1) refuse(o, "expected one group");
  const auto w = window(o, {weight.dims[2], weight.dims[3]}, 2);
  const auto in = weight.dims[0], out = weight.dims[1];
  const auto y =
      append(o, o.name, ConvTranspose2d{in, out, w.kernel, w.stride, w.padding, w.output_padding},
             {example(o, value(o, 0), 3)}, {});
  weights(weight.values, origin(o, 1));
  weights(bias(o, 2, out), origin(o, 2));
  return batched(y);
}

Value Importer::batch_norm(const Operation& o) {
  const auto features = constant(o, 1, 1).numel();
  const auto& x = value(o, 0);
  if (integer(o, "training_mode", 0) != 0) refuse(o, "expected training_mode = 0");
  if (x.shape.size() != 2 && x.shape.size() != 4)
    refuse(o, fmt::format("expected [batch, C] or [batch, C, H, W], got [{}]",
                          fmt::join(x.shape, ", ")));
  const auto y = append(o, o.name, BatchNorm{features, number(o, "epsilon", 1e-5)},
                        {example(o, x, x.shape.size() - 1)}, {});
  weights(bias(o, 1, features), origin(o, 1));
  weights(bias(o, 2, features), origin(o, 2));
  out_.statistics.push_back(floats(bias(o, 3, features)));
  out_.statistics.push_back(floats(bias(o, 4, features)));
  return batched(y);
}

Value Importer::layer_norm(const Operation& o) {
  const auto& x = value(o, 0);
  if (axis_of(o, integer(o, "axis", -1), x.shape.size()) + 1 != x.shape.size())
    refuse(o, "expected the last axis alone");
  const auto features = x.shape.back();
  auto from = example_shape(x.shape);
  const auto node = as(o, x, from);
  const auto y =
      append(o, o.name, LayerNorm{features, number(o, "epsilon", 1e-5)}, {node}, x.shape);
  const auto scale = constant(o, 1, 1);
  if (scale.numel() != features) refuse(o, fmt::format("expected {} weights", features));
  weights(scale.values, origin(o, 1));
  weights(bias(o, 2, features), origin(o, 2));
  return y;
}

Value Importer::activation(const Operation& o) {
  static const std::map<std::string, Activation> plain = {
      {"Relu", Activation::relu}, {"Sigmoid", Activation::sigmoid},
      {"Tanh", Activation::tanh}, {"Erf", Activation::erf},
      {"Gelu", Activation::gelu}, {"LeakyRelu", Activation::leaky_relu}};
  const auto& x = value(o, 0);
  Activate layer;
  if (o.type == "Clip") {
    const auto end = [&](std::size_t i, const char* attribute) {
      const auto* given = optional_constant(o, i);
      return given != nullptr && given->numel() == 1 ? given->values[0] : number(o, attribute, NAN);
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

Value Importer::softmax(const Operation& o) {
  const auto& x = value(o, 0);
  const auto otherwise = graph_.opset >= 13 ? -1 : 1;
  if (axis_of(o, integer(o, "axis", otherwise), x.shape.size()) + 1 != x.shape.size())
    refuse(o, "expected the last axis");
  auto from = example_shape(x.shape);
  return append(o, o.name, Softmax{}, {as(o, x, from)}, x.shape);
}

Value Importer::pool(const Operation& o) {
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

Value Importer::global_pool(const Operation& o) {
  const auto& x = value(o, 0);
  auto shape = x.shape;
  if (shape.size() < 3) refuse(o, "expected [batch, C, ...]");
  const auto node = example(o, x, shape.size() - 1);
  std::fill(shape.begin() + 2, shape.end(), 1);
  return append(o, o.name, GlobalAvgPool{}, {node}, shape);
}

}  // namespace assay::onnx_file
