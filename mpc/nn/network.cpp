#include "mpc/nn/network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/activations.h"
#include "mpc/nn/graph.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/pooling.h"
#include "mpc/nn/rescaling.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
namespace {

void require_shape(const std::string& what, at::IntArrayRef expected, at::IntArrayRef got) {
  if (expected != got) {
    throw std::invalid_argument(fmt::format("expected {} of shape [{}], got [{}]", what,
                                            fmt::join(expected, ", "), fmt::join(got, ", ")));
  }
}

void require_count(const ModelSpec& spec, std::size_t expected, std::size_t got) {
  if (expected != got) {
    throw std::invalid_argument(fmt::format("expected {} parameter tensors for model '{}', got {}",
                                            expected, spec.name, got));
  }
}

/// One layer on the values of its inputs.
struct Evaluate {
  Protocol& p;
  const std::vector<Variable>& parameters;
  std::size_t& next;  // the next unused parameter
  bool with_gradients;
  const std::vector<Variable>& in;

  Variable operator()(const Linear&) const {
    const auto &weight = parameters[next++], &bias = parameters[next++];
    return linear(p, in[0], weight, bias);
  }
  Variable operator()(const Conv2d& layer) const {
    const auto &weight = parameters[next++], &bias = parameters[next++];
    return conv2d(p, in[0], weight, bias, {.stride = layer.stride, .padding = layer.padding});
  }
  Variable operator()(const Activate& layer) const {
    switch (layer.function) {
      case Activation::relu:
        return relu(p, in[0]);
      case Activation::sigmoid:
        return sigmoid(p, in[0]);
      case Activation::tanh:
        return tanh(p, in[0]);
    }
    throw std::logic_error("unreachable activation");
  }
  Variable operator()(const MaxPool2d& layer) const {
    if (with_gradients) return max_pool(p, in[0], layer.kernel, layer.stride);
    return Variable(max_pool(p, in[0].value(), layer.kernel, layer.stride));
  }
  Variable operator()(const AvgPool2d& layer) const {
    return average_pool(p, in[0], layer.kernel, layer.stride);
  }
  Variable operator()(const GraphConv& layer) const {
    const auto &weight = parameters[next++], &bias = parameters[next++];
    return graph_convolution(p, layer, in[0], weight, bias);
  }
  Variable operator()(const Flatten&) const { return flatten(in[0]); }
  Variable operator()(const Add&) const {
    auto sum = in[0];
    for (std::size_t i = 1; i < in.size(); ++i)
      sum = add(sum, in[i]);
    return sum;
  }
};

}  // namespace

Network::Network(ModelSpec spec, std::vector<Variable> parameters)
    : spec_(std::move(spec)), parameters_(std::move(parameters)) {
  validate(spec_);
  const auto expected = parameters_of(spec_);
  require_count(spec_, expected.size(), parameters_.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    require_shape(expected[i].name, expected[i].shape, parameters_[i].sizes());
}

Network::Network(ModelSpec spec, const std::vector<Secret>& parameters)
    : Network(std::move(spec), std::vector<Variable>(parameters.begin(), parameters.end())) {}

Variable Network::run(Protocol& p, const Variable& x, bool with_gradients) const {
  auto expected = spec_.input_shape;
  expected.insert(expected.begin(), x.dim() > 0 ? x.size(0) : 0);
  require_shape("a batch", expected, x.sizes());
  std::vector<Variable> values;
  std::size_t next = 0;
  for (const auto& node : spec_.nodes) {
    std::vector<Variable> in;
    for (const auto i : node.inputs)
      in.push_back(i == Node::kModelInput ? x : values[static_cast<std::size_t>(i)]);
    values.push_back(std::visit(Evaluate{p, parameters_, next, with_gradients, in}, node.layer));
  }
  return values.back();
}

Variable Network::forward(Protocol& p, const Variable& x) const {
  return run(p, x, true);
}

Secret Network::evaluate(Protocol& p, const Secret& x) const {
  return run(p, Variable(x), false).value();
}

Network input_network(Protocol& p, Rank owner, const ModelSpec& spec,
                      const Parameters& parameters) {
  const auto expected = parameters_of(spec);
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& parameter : expected)
    shapes.push_back(parameter.shape);
  auto flat = at::zeros({parameter_count(spec)}, at::kDouble);
  if (p.rank() == owner) {
    require_count(spec, expected.size(), parameters.size());
    std::vector<at::Tensor> vectors;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      require_shape(expected[i].name, expected[i].shape, parameters[i].sizes());
      vectors.push_back(parameters[i].detach().to(at::kDouble).flatten());
    }
    flat = at::cat(vectors);
  }
  return {spec, split(input_real(p, owner, flat), shapes)};
}

}  // namespace assay::mpc::nn
