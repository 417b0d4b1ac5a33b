#include "core/models/layer_forward.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/models/propagation.h"

namespace assay {
namespace {

using Sizes = std::vector<std::int64_t>;

struct Evaluate {
  LayerContext& context;
  const std::vector<std::size_t>& parameters;
  const std::vector<ManyValues>& in;

  const at::Tensor& parameter(std::size_t k) const { return context.parameters[parameters[k]]; }
  std::int64_t models() const { return context.models; }
  at::Tensor input(std::size_t i = 0) const { return apart(context, in[i]); }
  /// [batch, models * channels, height, width]
  at::Tensor picture() const {
    if (in[0].picture) return in[0].tensor;
    const auto x = in[0].tensor.transpose(0, 1);
    return x.reshape({x.size(0), -1, x.size(3), x.size(4)});
  }
  /// [models, a, b, ...] -> [models * a, b, ...]: the weight or bias of a grouped convolution.
  static at::Tensor in_groups(const at::Tensor& parameter) { return parameter.flatten(0, 1); }
  /// A parameter [models, shape...] beside [models, batch, ..., shape...].
  static at::Tensor beside(const at::Tensor& parameter, const at::Tensor& x) {
    auto sizes = parameter.sizes().vec();
    sizes.insert(sizes.begin() + 1, static_cast<std::size_t>(x.dim() - parameter.dim()), 1);
    return parameter.reshape(sizes);
  }
  /// A parameter [models, channels] beside [models, batch, channels, ...].
  static at::Tensor per_channel(const at::Tensor& parameter, const at::Tensor& x) {
    Sizes sizes(static_cast<std::size_t>(x.dim()), 1);
    sizes[0] = parameter.size(0);
    sizes[2] = parameter.size(1);
    return parameter.reshape(sizes);
  }
  /// x [models, batch, ..., in], weight [models, out, in], bias [models, out].
  at::Tensor affine(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const {
    auto sizes = x.sizes().vec();
    sizes.back() = weight.size(1);
    auto y = at::baddbmm(bias.unsqueeze(1), x.reshape({x.size(0), -1, x.size(-1)}),
                         weight.transpose(1, 2))
                 .reshape(sizes);
    if (context.products != nullptr) {
      if (!y.requires_grad()) y.requires_grad_(true);
      context.products->push_back({x, y});
    }
    return y;
  }
  static at::Tensor standardized(const at::Tensor& x, at::IntArrayRef dims, double epsilon) {
    const auto centered = x - x.mean(dims, true);
    return centered * (centered.square().mean(dims, true) + epsilon).rsqrt();
  }

  ManyValues operator()(const Linear&) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return {affine(input(), weight, bias), false};
  }
  ManyValues operator()(const GraphConv& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    const auto spread = propagation(layer).to(input().scalar_type());
    return {at::matmul(at::matmul(spread, input()), weight.transpose(1, 2).unsqueeze(1)) +
                bias.unsqueeze(1).unsqueeze(1),
            false};
  }
  ManyValues operator()(const Conv2d& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return {at::conv2d(picture(), in_groups(weight), in_groups(bias), layer.stride, layer.padding,
                       /*dilation=*/1, models() * layer.groups),
            true};
  }
  ManyValues operator()(const ConvTranspose2d& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return {at::conv_transpose2d(picture(), in_groups(weight), in_groups(bias), layer.stride,
                                 layer.padding, layer.output_padding, /*groups=*/models()),
            true};
  }
  ManyValues operator()(const Conv1d& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    const auto x = input();
    const auto y = at::conv1d(x.transpose(0, 1).reshape({x.size(1), -1, x.size(3)}),
                              in_groups(weight), in_groups(bias), layer.stride, layer.padding,
                              /*dilation=*/1, models() * layer.groups);
    return {y.reshape({x.size(1), models(), layer.out, -1}).transpose(0, 1), false};
  }
  ManyValues operator()(const Activate& layer) const {
    const auto& x = in[0].tensor;
    const auto with = [&](at::Tensor y) { return ManyValues{std::move(y), in[0].picture}; };
    switch (layer.function) {
      case Activation::relu:
        return with(at::relu(x));
      case Activation::sigmoid:
        return with(at::sigmoid(x));
      case Activation::tanh:
        return with(at::tanh(x));
      case Activation::gelu:
        return with(at::gelu(x));
      case Activation::silu:
        return with(at::silu(x));
      case Activation::leaky_relu:
        return with(at::leaky_relu(x, layer.slope));
      case Activation::relu6:
        return with(at::hardtanh(x, 0.0, 6.0));
      case Activation::hardtanh:
        return with(at::hardtanh(x));
      case Activation::erf:
        return with(at::erf(x));
    }
    throw std::logic_error("unreachable activation");
  }
  ManyValues operator()(const Softmax&) const { return {input().softmax(-1), false}; }
  ManyValues operator()(const MaxPool2d& layer) const {
    return {at::max_pool2d(picture(), layer.kernel, layer.stride, layer.padding), true};
  }
  ManyValues operator()(const AvgPool2d& layer) const {
    return {at::avg_pool2d(picture(), layer.kernel, layer.stride, layer.padding), true};
  }
  ManyValues operator()(const GlobalAvgPool&) const { return {input().flatten(3).mean(3), false}; }
  ManyValues operator()(const Flatten&) const { return {input().flatten(2), false}; }

  ManyValues operator()(const BatchNorm& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    const auto x = input();
    at::Tensor y;
    if (context.statistics == nullptr) {
      y = standardized(x, x.dim() == 5 ? Sizes{1, 3, 4} : Sizes{1}, layer.epsilon);
    } else {
      const auto& mean = (*context.statistics)[context.next_statistic++];
      const auto& variance = (*context.statistics)[context.next_statistic++];
      y = (x - per_channel(mean, x)) * per_channel((variance + layer.epsilon).rsqrt(), x);
    }
    return {y * per_channel(weight, x) + per_channel(bias, x), false};
  }
  ManyValues operator()(const LayerNorm& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    const auto x = input();
    return {standardized(x, Sizes{-1}, layer.epsilon) * beside(weight, x) + beside(bias, x), false};
  }
  ManyValues operator()(const GroupNorm& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    const auto x = input();
    const auto grouped = x.reshape({x.size(0), x.size(1), layer.groups, -1});
    const auto y = standardized(grouped, Sizes{-1}, layer.epsilon).reshape(x.sizes());
    return {y * per_channel(weight, x) + per_channel(bias, x), false};
  }

  ManyValues operator()(const Embedding& layer) const {
    const auto& table = parameter(0);
    const auto x = input();
    const auto first = at::arange(models(), at::kLong) * layer.tokens;  // of each model's table
    Sizes beside_batch(static_cast<std::size_t>(x.dim()), 1);
    beside_batch[0] = models();
    const auto index = x.detach().round().to(at::kLong);
    if (index.numel() > 0 && (index.min().item<std::int64_t>() < 0 ||
                              index.max().item<std::int64_t>() >= layer.tokens)) {
      throw std::invalid_argument("expected tokens that the embedding has a row for");
    }
    const auto rows = in_groups(table).index_select(
        0, (index + first.to(index.device()).reshape(beside_batch)).flatten());
    auto sizes = x.sizes().vec();
    sizes.push_back(layer.features);
    return {rows.reshape(sizes), false};
  }
  ManyValues operator()(const SelfAttention& layer) const {
    const auto &in_weight = parameter(0), &in_bias = parameter(1), &out_weight = parameter(2),
               &out_bias = parameter(3);
    const auto x = input();
    const auto steps = x.size(2), width = layer.features / layer.heads;
    // [models, batch, steps, 3, heads, width] -> [3, models, batch, heads, steps, width]
    const auto split = affine(x, in_weight, in_bias)
                           .reshape({x.size(0), x.size(1), steps, 3, layer.heads, width})
                           .permute({3, 0, 1, 4, 2, 5});
    auto scores =
        (split[0] / std::sqrt(static_cast<double>(width))).matmul(split[1].transpose(-2, -1));
    if (layer.causal) {
      const auto future = at::ones({steps, steps}, scores.options().dtype(at::kBool)).triu(1);
      scores = scores.masked_fill(future, -std::numeric_limits<double>::infinity());
    }
    const auto seen = scores.softmax(-1).matmul(split[2]).transpose(-3, -2).reshape(x.sizes());
    return {affine(seen, out_weight, out_bias), false};
  }
  ManyValues operator()(const Lstm& layer) const {
    const auto &weight_ih = parameter(0), &weight_hh = parameter(1), &bias_ih = parameter(2),
               &bias_hh = parameter(3);
    const auto x = input();
    const auto from_x = affine(x, weight_ih, bias_ih + bias_hh);
    auto h = at::zeros({x.size(0), x.size(1), layer.hidden}, x.options()), c = h;
    std::vector<at::Tensor> all;
    // Taken apart at once: going back through T selections would make T tensors of all steps.
    for (const auto& own : from_x.unbind(2)) {
      const auto gates = (own + h.matmul(weight_hh.transpose(1, 2))).chunk(4, -1);
      c = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh();
      h = gates[3].sigmoid() * c.tanh();
      all.push_back(h);
    }
    return {at::stack(all, 2), false};
  }
  ManyValues operator()(const Gru& layer) const {
    const auto &weight_ih = parameter(0), &weight_hh = parameter(1), &bias_ih = parameter(2),
               &bias_hh = parameter(3);
    const auto x = input();
    const auto from_x = affine(x, weight_ih, bias_ih);
    auto h = at::zeros({x.size(0), x.size(1), layer.hidden}, x.options());
    std::vector<at::Tensor> all;
    for (const auto& step : from_x.unbind(2)) {
      const auto own = step.chunk(3, -1);
      const auto back = affine(h, weight_hh, bias_hh).chunk(3, -1);
      const auto z = (own[1] + back[1]).sigmoid();
      const auto n = (own[2] + (own[0] + back[0]).sigmoid() * back[2]).tanh();
      h = n + z * (h - n);
      all.push_back(h);
    }
    return {at::stack(all, 2), false};
  }

  ManyValues operator()(const Reshape& layer) const {
    auto sizes = layer.sizes;
    sizes.insert(sizes.begin(), {models(), context.batch});
    return {input().reshape(sizes), false};
  }
  ManyValues operator()(const Permute& layer) const {
    Sizes dims = {0, 1};
    for (const auto dim : layer.dims)
      dims.push_back(dim + 2);
    return {input().permute(dims), false};
  }
  ManyValues operator()(const Slice& layer) const {
    return {input().narrow(layer.dim + 2, layer.start, layer.length), false};
  }
  ManyValues operator()(const Concat& layer) const {
    std::vector<at::Tensor> all;
    for (std::size_t i = 0; i < in.size(); ++i)
      all.push_back(input(i));
    return {at::cat(all, layer.dim + 2), false};
  }
  ManyValues operator()(const Scale& layer) const {
    return {in[0].tensor * layer.factor + layer.offset, in[0].picture};
  }
  ManyValues operator()(const Multiply&) const {
    auto product = input();
    for (std::size_t i = 1; i < in.size(); ++i)
      product = broadcast_product(product, input(i));
    return {product, false};
  }
  ManyValues operator()(const MatMul&) const { return {input(0).matmul(input(1)), false}; }
  ManyValues operator()(const Offset&) const {
    const auto& weight = parameter(0);
    const auto x = input();
    return {x + beside(weight, x), false};
  }
  ManyValues operator()(const Gain&) const {
    const auto& weight = parameter(0);
    const auto x = input();
    return {x * beside(weight, x), false};
  }
  ManyValues operator()(const Add&) const {
    // Sums of pictures stay pictures.
    bool picture = true;
    for (const auto& value : in)
      picture = picture && value.picture;
    auto sum = picture ? in[0].tensor : input(0);
    for (std::size_t i = 1; i < in.size(); ++i)
      sum = sum + (picture ? in[i].tensor : input(i));
    return {sum, picture};
  }

  /// An example with fewer dimensions broadcasts from its last ones, behind the models and the
  /// batch.
  static at::Tensor broadcast_product(const at::Tensor& a, const at::Tensor& b) {
    const auto dims = std::max(a.dim(), b.dim());
    const auto widened = [dims](const at::Tensor& x) {
      auto sizes = x.sizes().vec();
      sizes.insert(sizes.begin() + 2, static_cast<std::size_t>(dims - x.dim()), 1);
      return x.reshape(sizes);
    };
    return widened(a) * widened(b);
  }
};

}  // namespace

at::Tensor apart(const LayerContext& context, const ManyValues& value) {
  if (!value.picture) return value.tensor;
  const auto& x = value.tensor;
  return x.reshape({x.size(0), context.models, -1, x.size(2), x.size(3)}).transpose(0, 1);
}

ManyValues layer_forward(LayerContext& context, const Layer& layer,
                         const std::vector<std::size_t>& parameters,
                         const std::vector<ManyValues>& in) {
  return std::visit(Evaluate{context, parameters, in}, layer);
}

}  // namespace assay
