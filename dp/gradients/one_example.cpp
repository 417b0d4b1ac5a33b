#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/models/layer_forward.h"
#include "dp/gradients/rules.h"

namespace assay::dp {

std::vector<LayerGradient> one_example_at_a_time(const Layer& layer, const Parameters& parameters,
                                                 const TapedLayer& taped) {
  const at::AutoGradMode with_gradients(true);
  const auto x = taped.in.front();
  const auto batch = x.size(0);
  Parameters own;
  std::vector<std::size_t> indices;
  for (const auto parameter : taped.parameters) {
    const auto& shared = parameters[parameter].detach();
    auto sizes = shared.sizes().vec();
    sizes.insert(sizes.begin(), batch);
    indices.push_back(own.size());
    own.push_back(shared.unsqueeze(0).expand(sizes).requires_grad_(true));
  }
  LayerContext context{own, nullptr, batch, 1};
  const auto y = layer_forward(context, layer, indices, {{x.unsqueeze(1), false}});
  const auto out = apart(context, y).squeeze(1);
  const auto gradients =
      torch::autograd::grad({out}, own, {taped.gradients.front().reshape(out.sizes())});
  std::vector<LayerGradient> result;
  for (std::size_t k = 0; k < gradients.size(); ++k)
    result.push_back(Instantiated{taped.parameters[k], gradients[k]});
  return result;
}

}  // namespace assay::dp
