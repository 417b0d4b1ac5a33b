#include "dp/gradients/book_keeping.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "dp/gradients/rules.h"
#include "dp/gradients/stopwatch.h"

namespace assay::dp {
namespace {

/// The index of the last node that reads each node's output.
std::vector<std::size_t> last_uses(const ModelSpec& spec) {
  std::vector<std::size_t> out(spec.nodes.size(), spec.nodes.size());
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    for (const auto input : spec.nodes[i].inputs)
      if (input != Node::kModelInput) out[static_cast<std::size_t>(input)] = i;
  }
  return out;
}

/// [batch, ...] of one model's value or of its gradient.
at::Tensor of_batch(const at::Tensor& x, bool picture) {
  return picture ? x : x.squeeze(0);
}

}  // namespace

BookKeeping::BookKeeping(const ModelSpec& spec, const ParameterUses& uses,
                         const Parameters& parameters, const at::Tensor& inputs)
    : spec_(spec), uses_(uses), parameters_(parameters), tied_(parameters.size()) {
  const at::AutoGradMode with_gradients(true);
  Parameters one_model;
  for (const auto& parameter : parameters)
    one_model.push_back(parameter.detach().unsqueeze(0));
  LayerContext context{one_model, nullptr, 1, inputs.size(0)};
  const bool pictures = spec.input_shape.size() == 3;
  const ManyValues input{pictures ? inputs : inputs.unsqueeze(0), pictures};
  const auto last_use = last_uses(spec);
  tape_.reserve(spec.nodes.size());

  std::vector<ManyValues> values(spec.nodes.size());
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    const auto& node = spec.nodes[i];
    std::vector<ManyValues> in;
    for (const auto k : node.inputs)
      in.push_back(k == Node::kModelInput ? input : values[static_cast<std::size_t>(k)]);
    const bool has_parameters = !uses.of_nodes[i].empty();
    std::vector<Product> products;
    context.products = has_parameters ? &products : nullptr;
    values[i] = layer_forward(context, node.layer, uses.of_nodes[i], in);
    if (has_parameters) tape(i, in.front(), values[i], products);
    for (const auto k : node.inputs) {
      if (k != Node::kModelInput && last_use[static_cast<std::size_t>(k)] == i)
        values[static_cast<std::size_t>(k)] = {};
    }
  }
  logits_ = apart(context, values.back()).squeeze(0);
}

void BookKeeping::tape(std::size_t node, const ManyValues& in, ManyValues& out,
                       const std::vector<Product>& products) {
  auto& taped = tape_.emplace_back();
  taped.layer.node = node;
  taped.layer.parameters = uses_.of_nodes[node];
  const auto index = tape_.size() - 1;
  if (products.empty()) {
    taped.picture = out.picture;
    taped.layer.in.push_back(of_batch(in.tensor, in.picture).detach());
    watch(index, out.tensor);
  }
  for (const auto& product : products) {
    taped.layer.in.push_back(product.in.squeeze(0).detach());
    watch(index, product.out);
  }
  if (std::holds_alternative<Lstm>(spec_.nodes[node].layer))
    taped.layer.states = out.tensor.squeeze(0).detach();
  taped.layer.gradients.resize(taped.layer.in.size());
}

void BookKeeping::watch(std::size_t layer, at::Tensor out) {
  if (!out.requires_grad()) out.requires_grad_(true);
  if (out.is_leaf()) leaves_.push_back(out);
  auto& sizes = tape_[layer].sizes;
  const auto product = sizes.size();
  sizes.push_back(out.sizes().vec());
  out.register_hook(
      [this, layer, product](const at::Tensor& gradient) { arrived(layer, product, gradient); });
}

void BookKeeping::arrived(std::size_t layer, std::size_t product, const at::Tensor& gradient) {
  auto& taped = tape_[layer];
  auto& gradients = taped.layer.gradients;
  gradients[product] = of_batch(gradient, taped.picture);
  if (std::all_of(gradients.begin(), gradients.end(), [](const auto& g) { return g.defined(); }))
    apply_rule(layer);
}

void BookKeeping::apply_rule(std::size_t layer) {
  Stopwatch time;
  const at::NoGradGuard no_gradients;
  auto& taped = tape_[layer].layer;
  for (auto& part : layer_gradients(spec_.nodes[taped.node].layer, parameters_, taped)) {
    if (!uses_.has_tied(taped.node)) {
      keep(taped.parameters.front(), std::move(part));
      continue;
    }
    for (auto& own : std::visit([](const auto& p) { return p.instantiated(); }, part)) {
      if (!uses_.tied[own.parameter]) {
        keep(own.parameter, std::move(own));
        continue;
      }
      auto& sum = tied_[own.parameter];
      if (!sum.defined()) sum = at::zeros_like(own.g);  // own.g may be autograd's
      sum += own.g;
    }
  }
  taped = {};
  rule_seconds_ += time.lap();
}

void BookKeeping::keep(std::size_t parameter, LayerGradient part) {
  auto& result = result_[uses_.layers[parameter]];
  result.square_norms += std::visit([](const auto& p) { return p.square_norms(); }, part);
  result.parts.push_back(std::move(part));
}

std::vector<PerExample> BookKeeping::backward(const at::Tensor& losses) {
  const auto layers = uses_.layers.empty() ? 0 : uses_.layers.back() + 1;
  for (std::size_t layer = 0; layer < layers; ++layer)
    result_.push_back({{}, at::zeros({losses.size(0)}, at::kDouble)});
  if (!losses.requires_grad()) return std::move(result_);
  torch::autograd::grad({losses.sum()}, leaves_, {}, /*retain_graph=*/false,
                        /*create_graph=*/false, /*allow_unused=*/true);
  // Products of which nothing depends have no gradient, where others of the layer have one.
  for (std::size_t layer = 0; layer < tape_.size(); ++layer) {
    auto& taped = tape_[layer];
    auto& gradients = taped.layer.gradients;
    if (std::none_of(gradients.begin(), gradients.end(), [](const auto& g) { return g.defined(); }))
      continue;
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      if (!gradients[k].defined())
        gradients[k] = of_batch(at::zeros(taped.sizes[k], losses.options()), taped.picture);
    }
    apply_rule(layer);
  }
  Stopwatch time;
  const at::NoGradGuard no_gradients;
  for (std::size_t k = 0; k < tied_.size(); ++k)
    if (tied_[k].defined()) keep(k, Instantiated{k, std::move(tied_[k])});
  rule_seconds_ += time.lap();
  return std::move(result_);
}

}  // namespace assay::dp
