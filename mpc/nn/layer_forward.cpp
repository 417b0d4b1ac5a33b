#include "mpc/nn/layer_forward.h"

#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/lookup.h"
#include "mpc/nn/activations.h"
#include "mpc/nn/attention.h"
#include "mpc/nn/convolution.h"
#include "mpc/nn/elementary.h"
#include "mpc/nn/embedding.h"
#include "mpc/nn/graph.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/normalization.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/pooling.h"
#include "mpc/nn/recurrent.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
namespace {

struct Evaluate {
  LayerContext& context;
  const std::vector<std::size_t>& parameters;
  const std::vector<Variable>& in;
  Protocol& p = context.p;

  const Variable& parameter(std::size_t k) const { return context.parameters.at(parameters[k]); }

  Variable operator()(const Linear&) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return linear(p, in[0], weight, bias);
  }
  Variable operator()(const GraphConv& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return graph_convolution(p, layer, in[0], weight, bias);
  }
  Variable operator()(const Conv2d& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return conv2d(p, in[0], weight, bias,
                  {.stride = layer.stride, .padding = layer.padding, .groups = layer.groups});
  }
  Variable operator()(const ConvTranspose2d& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return conv_transpose2d(p, in[0], weight, bias,
                            {.stride = layer.stride, .padding = layer.padding},
                            layer.output_padding);
  }
  Variable operator()(const Conv1d& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return conv1d(p, in[0], weight, bias,
                  {.stride = layer.stride, .padding = layer.padding, .groups = layer.groups});
  }
  Variable operator()(const Activate& layer) const {
    switch (layer.function) {
      case Activation::relu:
        return relu(p, in[0]);
      case Activation::sigmoid:
        return sigmoid(p, in[0]);
      case Activation::tanh:
        return tanh(p, in[0]);
      case Activation::gelu:
        return gelu(p, in[0]);
      case Activation::silu:
        return silu(p, in[0]);
      case Activation::leaky_relu:
        return leaky_relu(p, in[0], layer.slope);
      case Activation::relu6:
        return relu6(p, in[0]);
      case Activation::hardtanh:
        return hardtanh(p, in[0]);
      case Activation::erf:
        return erf(p, in[0]);
    }
    throw std::logic_error("unreachable activation");
  }
  Variable operator()(const Softmax&) const { return softmax(p, in[0], -1); }
  Variable operator()(const MaxPool2d& layer) const {
    if (context.with_gradients)
      return max_pool(p, in[0], layer.kernel, layer.stride, layer.padding);
    return Variable(max_pool(p, in[0].value(), layer.kernel, layer.stride, layer.padding));
  }
  Variable operator()(const AvgPool2d& layer) const {
    return average_pool(p, in[0], layer.kernel, layer.stride, layer.padding);
  }
  Variable operator()(const GlobalAvgPool&) const { return global_average_pool(p, in[0]); }
  Variable operator()(const Flatten&) const { return flatten(in[0]); }

  Variable operator()(const BatchNorm& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    const bool kept = !context.statistics.empty();
    if (!kept && !context.with_gradients)
      throw std::invalid_argument("batch_norm: expected kept statistics to evaluate a model");
    if (!kept) return batch_norm(p, in[0], weight, bias, layer.epsilon).value;
    const auto& mean = context.statistics.at(context.next_statistic++);
    const auto& variance = context.statistics.at(context.next_statistic++);
    if (!context.with_gradients)
      return batch_norm(p, in[0], weight, bias, mean.value(), variance.value(), layer.epsilon);
    const auto found = batch_norm(p, in[0], weight, bias, layer.epsilon);
    mean.replace(running_statistic(p, mean.value(), found.mean));
    variance.replace(running_statistic(p, variance.value(), found.variance));
    return found.value;
  }
  Variable operator()(const LayerNorm& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return layer_norm(p, in[0], weight, bias, layer.epsilon);
  }
  Variable operator()(const GroupNorm& layer) const {
    const auto &weight = parameter(0), &bias = parameter(1);
    return group_norm(p, in[0], layer.groups, weight, bias, layer.epsilon);
  }

  Variable operator()(const Embedding&) const {
    return embedding(p, whole_number(p, in[0].value()), parameter(0));
  }
  Variable operator()(const SelfAttention& layer) const {
    const auto &in_weight = parameter(0), &in_bias = parameter(1), &out_weight = parameter(2),
               &out_bias = parameter(3);
    return multi_head_attention(p, in[0], {in_weight, in_bias, out_weight, out_bias}, layer.heads,
                                layer.causal);
  }
  Variable operator()(const Lstm&) const { return lstm(p, in[0], recurrent()); }
  Variable operator()(const Gru&) const { return gru(p, in[0], recurrent()); }

  Variable operator()(const Reshape& layer) const {
    auto sizes = layer.sizes;
    sizes.insert(sizes.begin(), in[0].size(0));
    return reshape(in[0], sizes);
  }
  Variable operator()(const Permute& layer) const {
    std::vector<std::int64_t> dims = {0};
    for (const auto dim : layer.dims)
      dims.push_back(dim + 1);
    return permute(in[0], dims);
  }
  Variable operator()(const Slice& layer) const {
    return narrow(in[0], layer.dim + 1, layer.start, layer.length);
  }
  Variable operator()(const Concat& layer) const { return cat(in, layer.dim + 1); }
  Variable operator()(const Scale& layer) const {
    const auto scaled = layer.factor == 1.0 ? in[0] : scale(p, in[0], layer.factor);
    return layer.offset == 0.0 ? scaled : add(p, scaled, layer.offset);
  }
  Variable operator()(const Multiply&) const {
    std::int64_t dims = 0;
    for (const auto& x : in)
      dims = std::max(dims, x.dim());
    // Behind the batch an example broadcasts from its last dimensions.
    const auto widened = [dims](const Variable& x) {
      auto sizes = x.sizes().vec();
      sizes.insert(sizes.begin() + 1, static_cast<std::size_t>(dims - x.dim()), 1);
      return reshape(x, sizes);
    };
    auto product = widened(in[0]);
    for (std::size_t i = 1; i < in.size(); ++i)
      product = multiply(p, product, widened(in[i]));
    return product;
  }
  Variable operator()(const MatMul&) const { return matrix_product(p, in[0], in[1]); }
  Variable operator()(const Offset&) const { return add(in[0], parameter(0)); }
  Variable operator()(const Gain&) const { return multiply(p, in[0], parameter(0)); }
  Variable operator()(const Add&) const {
    auto sum = in[0];
    for (std::size_t i = 1; i < in.size(); ++i)
      sum = add(sum, in[i]);
    return sum;
  }

  RecurrentWeights recurrent() const {
    const auto &weight_ih = parameter(0), &weight_hh = parameter(1), &bias_ih = parameter(2),
               &bias_hh = parameter(3);
    return {weight_ih, weight_hh, bias_ih, bias_hh};
  }
};

}  // namespace

Variable layer_forward(LayerContext& context, const Layer& layer,
                       const std::vector<std::size_t>& parameters,
                       const std::vector<Variable>& in) {
  return std::visit(Evaluate{context, parameters, in}, layer);
}

}  // namespace assay::mpc::nn
