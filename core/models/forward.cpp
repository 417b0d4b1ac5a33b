#include "core/models/forward.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "core/models/propagation.h"

namespace assay {
namespace {

/// An activation of `models` models at once. Pictures are kept as [batch, models * channels,
/// height, width], the layout in which many convolutions are one grouped convolution; vectors as
/// [models, batch, features], in which many products are one batched product.
struct Value {
  at::Tensor tensor;
  bool picture = false;
};

struct Evaluate {
  const Parameters& parameters;
  std::size_t& next;  // the next unused parameter
  std::int64_t models;
  std::int64_t batch;
  const std::vector<Value>& in;

  Value operator()(const Linear&) const {
    const auto& weight = parameters[next++];  // [models, out, in]
    const auto& bias = parameters[next++];    // [models, out]
    return {at::baddbmm(bias.unsqueeze(1), in[0].tensor, weight.transpose(1, 2)), false};
  }
  Value operator()(const Conv2d& layer) const {
    const auto& weight = parameters[next++];  // [models, out, in, kernel, kernel]
    const auto& bias = parameters[next++];
    return {at::conv2d(in[0].tensor,
                       weight.reshape({models * layer.out, layer.in, layer.kernel, layer.kernel}),
                       bias.reshape({models * layer.out}), layer.stride, layer.padding,
                       /*dilation=*/1, /*groups=*/models),
            true};
  }
  Value operator()(const Activate& layer) const {
    switch (layer.function) {
      case Activation::relu:
        return {at::relu(in[0].tensor), in[0].picture};
      case Activation::sigmoid:
        return {at::sigmoid(in[0].tensor), in[0].picture};
      case Activation::tanh:
        return {at::tanh(in[0].tensor), in[0].picture};
    }
    throw std::logic_error("unreachable activation");
  }
  Value operator()(const MaxPool2d& layer) const {
    return {at::max_pool2d(in[0].tensor, layer.kernel, layer.stride), true};
  }
  Value operator()(const AvgPool2d& layer) const {
    return {at::avg_pool2d(in[0].tensor, layer.kernel, layer.stride), true};
  }
  Value operator()(const Flatten&) const {
    if (!in[0].picture) return {in[0].tensor.flatten(2), false};
    return {in[0].tensor.reshape({batch, models, -1}).transpose(0, 1), false};
  }
  Value operator()(const Add&) const {
    auto sum = in[0].tensor;
    for (std::size_t i = 1; i < in.size(); ++i)
      sum = sum + in[i].tensor;
    return {sum, in[0].picture};
  }
  Value operator()(const GraphConv& layer) const {
    const auto weight = parameters[next++].transpose(1, 2).unsqueeze(1);  // [models, 1, in, out]
    const auto bias = parameters[next++].unsqueeze(1).unsqueeze(1);
    const auto spread = propagation(layer).to(in[0].tensor.scalar_type());
    return {at::matmul(at::matmul(spread, in[0].tensor), weight) + bias, false};
  }
};

void check(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x) {
  std::vector<std::int64_t> example(x.sizes().begin() + std::min<std::ptrdiff_t>(2, x.dim()),
                                    x.sizes().end());
  if (x.dim() < 2 || example != spec.input_shape) {
    throw std::invalid_argument(
        fmt::format("expected examples of shape [{}] for model '{}', got [{}]",
                    fmt::join(spec.input_shape, ", "), spec.name, fmt::join(example, ", ")));
  }
  const auto expected = parameters_of(spec).size();
  if (parameters.size() != expected) {
    throw std::invalid_argument(fmt::format("expected {} parameter tensors for model '{}', got {}",
                                            expected, spec.name, parameters.size()));
  }
}

}  // namespace

at::Tensor forward_many(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x) {
  check(spec, parameters, x);
  const auto models = x.size(0), batch = x.size(1);
  Value input{x, false};
  if (spec.input_shape.size() == 3) {
    // [models, batch, C, H, W] -> [batch, models * C, H, W]
    input = {x.transpose(0, 1).reshape(
                 {batch, models * spec.input_shape[0], spec.input_shape[1], spec.input_shape[2]}),
             true};
  }
  std::vector<Value> values;
  values.reserve(spec.nodes.size());
  std::size_t next = 0;
  for (const auto& node : spec.nodes) {
    std::vector<Value> in;
    for (auto i : node.inputs) {
      in.push_back(i == Node::kModelInput ? input : values[static_cast<std::size_t>(i)]);
    }
    values.push_back(std::visit(Evaluate{parameters, next, models, batch, in}, node.layer));
  }
  return values.back().tensor;
}

at::Tensor forward(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x) {
  Parameters one;
  one.reserve(parameters.size());
  for (const auto& parameter : parameters)
    one.push_back(parameter.unsqueeze(0));
  return forward_many(spec, one, x.unsqueeze(0)).squeeze(0);
}

Parameters initial_parameters(const ModelSpec& spec, Stream& stream) {
  Parameters out;
  for (const auto& parameter : parameters_of(spec)) {
    double bound = 0.0;
    switch (spec.initialization.law) {
      case Initialization::Law::fan_in:
        bound = 1.0 / std::sqrt(static_cast<double>(parameter.fan_in));
        break;
      case Initialization::Law::uniform:
        bound = spec.initialization.bound;
        break;
      case Initialization::Law::zero:
        bound = 0.0;
        break;
    }
    out.push_back(bound == 0.0 ? at::zeros(parameter.shape)
                               : stream.uniform(parameter.shape, -bound, bound));
  }
  return out;
}

}  // namespace assay
