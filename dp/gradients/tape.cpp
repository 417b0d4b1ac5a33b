#include "dp/gradients/tape.h"

#include "core/models/layer_forward.h"

namespace assay::dp {
namespace {

/// [batch, ...] of a value of one model.
at::Tensor of_one_model(const LayerContext& context, const ManyValues& value) {
  return value.picture ? value.tensor : apart(context, value).squeeze(0);
}

}  // namespace

Tape taped_forward(const ModelSpec& spec, const std::vector<ParameterLayer>& layers,
                   const Parameters& parameters, const at::Tensor& inputs) {
  Parameters one_model;
  for (const auto& parameter : parameters)
    one_model.push_back(parameter.detach().unsqueeze(0));
  LayerContext context{one_model, nullptr, 1, inputs.size(0)};
  const bool pictures = spec.input_shape.size() == 3;
  const ManyValues input{pictures ? inputs : inputs.unsqueeze(0), pictures};

  Tape tape;
  std::vector<ManyValues> values;
  values.reserve(spec.nodes.size());
  auto layer = layers.begin();
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    const auto& node = spec.nodes[i];
    std::vector<ManyValues> in;
    for (const auto k : node.inputs)
      in.push_back(k == Node::kModelInput ? input : values[static_cast<std::size_t>(k)]);
    if (layer == layers.end() || layer->node != i) {
      values.push_back(layer_forward(context, node.layer, in));
      continue;
    }
    std::vector<Product> products;
    context.products = &products;
    values.push_back(layer_forward(context, node.layer, in));
    context.products = nullptr;
    TapedLayer taped{*layer++, {}, {}, {}, false};
    auto& out = values.back();
    if (products.empty()) {
      if (!out.tensor.requires_grad()) out.tensor.requires_grad_(true);
      taped.in.push_back(of_one_model(context, in.front()));
      taped.out.push_back(out.tensor);
      taped.picture = out.picture;
    }
    for (const auto& product : products) {
      taped.in.push_back(product.in.squeeze(0));
      taped.out.push_back(product.out);
    }
    if (std::holds_alternative<Lstm>(node.layer)) taped.states = of_one_model(context, out);
    tape.layers.push_back(std::move(taped));
  }
  tape.logits = apart(context, values.back()).squeeze(0);
  return tape;
}

}  // namespace assay::dp
