#include "dp/gradients/rules.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include "core/models/propagation.h"
#include "dp/gradients/ghost_cost.h"

namespace assay::dp {
namespace {

using Sizes = std::vector<std::int64_t>;

/// [batch, ..., features] -> [batch, T, features]
at::Tensor steps(const at::Tensor& x) {
  return x.reshape({x.size(0), -1, x.size(-1)});
}

/// (x - mean) / deviation over the last dimension.
at::Tensor standardized(const at::Tensor& x, double epsilon) {
  const auto centered = x - x.mean(at::IntArrayRef{-1}, true);
  return centered * (centered.square().mean(at::IntArrayRef{-1}, true) + epsilon).rsqrt();
}

/// [batch, channels, ...] -> [batch, channels]: summed over places.
at::Tensor over_places(const at::Tensor& x) {
  return x.flatten(2).sum(2);
}

/// [batch, ...] summed to [batch, shape...]: the gradient of what was broadcast to it.
at::Tensor summed_to(const at::Tensor& x, const Sizes& shape) {
  auto sizes = shape;
  sizes.insert(sizes.begin(), static_cast<std::size_t>(x.dim()) - 1 - shape.size(), 1);
  sizes.insert(sizes.begin(), x.size(0));
  auto with_shape = shape;
  with_shape.insert(with_shape.begin(), x.size(0));
  return x.sum_to_size(sizes).reshape(with_shape);
}

/// States h_0 ... h_{T-1} that went into each step: none, then those given.
at::Tensor before(const at::Tensor& states) {
  const auto none = at::zeros_like(states.narrow(1, 0, 1));
  return at::cat({none, states.narrow(1, 0, states.size(1) - 1)}, 1);
}

struct Rule {
  const Parameters& parameters;
  const TapedLayer& taped;

  using Result = std::vector<LayerGradient>;

  std::size_t parameter(std::size_t k) const { return taped.parameters[k]; }
  const at::Tensor& in(std::size_t k = 0) const { return taped.in[k]; }
  const at::Tensor& g(std::size_t k = 0) const { return taped.gradients[k]; }
  LayerGradient instantiated(std::size_t k, at::Tensor gradient) const {
    return Instantiated{parameter(k), std::move(gradient)};
  }

  /// y = A W^T + b at each step.
  void products(Result& out, std::size_t weight, std::size_t bias, const at::Tensor& a,
                const at::Tensor& g) const {
    const auto in = steps(a), back = steps(g);
    const auto t = in.size(1);
    if (ghost_is_cheaper(t, in.size(2), back.size(2))) {
      out.push_back(Products{parameter(weight), parameter(bias), in, back});
      return;
    }
    out.push_back(instantiated(weight, back.transpose(1, 2).bmm(in)));
    out.push_back(instantiated(bias, back.sum(1)));
  }

  Result operator()(const Linear&) const {
    Result out;
    products(out, 0, 1, in(), g());
    return out;
  }
  Result operator()(const GraphConv& layer) const {
    Result out;
    products(out, 0, 1, at::matmul(propagation(layer).to(in().scalar_type()), in()), g());
    return out;
  }
  Result operator()(const SelfAttention&) const {
    Result out;
    products(out, 0, 1, in(0), g(0));
    products(out, 2, 3, in(1), g(1));
    return out;
  }
  /// Gates = x W_ih^T + b_ih + h W_hh^T + b_hh: one gradient for both sums.
  Result operator()(const Lstm&) const {
    Result out;
    products(out, 0, 2, in(), g());
    products(out, 1, 3, before(taped.states), g());
    return out;
  }
  /// The new gate takes h W_hh^T + b_hh times the reset gate: gradients of its own.
  Result operator()(const Gru&) const {
    std::vector<at::Tensor> states, back;
    for (std::size_t t = 1; t < taped.in.size(); ++t) {
      states.push_back(in(t));
      back.push_back(g(t));
    }
    Result out;
    products(out, 0, 2, in(), g());
    products(out, 1, 3, at::stack(states, 1), at::stack(back, 1));
    return out;
  }

  Result windows(const Windows& windows, const at::Tensor& x, const at::Tensor& g,
                 std::int64_t groups) const {
    if (groups > 1) return {grouped(windows, x, g, groups), instantiated(1, over_places(g))};
    const auto positions = g.size(2) * g.size(3);
    const auto inputs = x.size(1) * windows.kernel[0] * windows.kernel[1];
    if (ghost_is_cheaper(positions, inputs, g.size(1)))
      return {WindowProducts{parameter(0), parameter(1), windows, x, g}};
    return {InstantiatedWindows{parameter(0), windows, windows.weight_gradients(x, g)},
            instantiated(1, over_places(g))};
  }
  /// A group of channels has gradients as an example by itself would have.
  LayerGradient grouped(const Windows& windows, const at::Tensor& x, const at::Tensor& g,
                        std::int64_t groups) const {
    const auto apart = [groups](const at::Tensor& picture) {
      return picture.reshape(
          {picture.size(0) * groups, picture.size(1) / groups, picture.size(2), picture.size(3)});
    };
    return InstantiatedWindows{
        parameter(0), windows,
        windows.weight_gradients(apart(x), apart(g)).reshape({x.size(0), g.size(1), -1})};
  }
  Result operator()(const Conv2d& layer) const {
    return windows({{layer.kernel, layer.kernel},
                    {layer.stride, layer.stride},
                    {layer.padding, layer.padding}},
                   in(), g(), layer.groups);
  }
  Result operator()(const Conv1d& layer) const {
    return windows({{1, layer.kernel}, {1, layer.stride}, {0, layer.padding}}, in().unsqueeze(2),
                   g().unsqueeze(2), layer.groups);
  }
  /// A convolution whose output is x and whose input is what comes out.
  Result operator()(const ConvTranspose2d& layer) const {
    const Windows windows{
        {layer.kernel, layer.kernel}, {layer.stride, layer.stride}, {layer.padding, layer.padding}};
    return {InstantiatedWindows{parameter(0), windows, windows.weight_gradients(g(), in())},
            instantiated(1, over_places(g()))};
  }

  Result operator()(const Embedding& layer) const {
    const auto tokens = in().detach().round().to(at::kLong);
    return {Lookups{parameter(0), layer.tokens, tokens.flatten(1),
                    g().reshape({tokens.size(0), -1, layer.features})}};
  }
  Result operator()(const LayerNorm& layer) const {
    const auto x = standardized(in(), layer.epsilon);
    return {instantiated(0, steps(x * g()).sum(1)), instantiated(1, steps(g()).sum(1))};
  }
  Result operator()(const GroupNorm& layer) const {
    const auto x = standardized(in().reshape({in().size(0), layer.groups, -1}), layer.epsilon);
    return {instantiated(0, over_places(x.reshape(in().sizes()) * g())),
            instantiated(1, over_places(g()))};
  }
  Result operator()(const Offset& layer) const {
    return {instantiated(0, summed_to(g(), layer.shape))};
  }
  Result operator()(const Gain& layer) const {
    return {instantiated(0, summed_to(g() * in(), layer.shape))};
  }
  template <class WithoutRule>
  Result operator()(const WithoutRule& layer) const {
    return one_example_at_a_time(layer, parameters, taped);
  }
};

}  // namespace

std::vector<LayerGradient> layer_gradients(const Layer& layer, const Parameters& parameters,
                                           const TapedLayer& taped) {
  return std::visit(Rule{parameters, taped}, layer);
}

}  // namespace assay::dp
