#include "dp/gradients/clipping.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace assay::dp {
namespace {

void require_positive(const char* what, double value) {
  if (!(value > 0.0) || std::isinf(value)) {
    throw std::invalid_argument(
        fmt::format("expected {} to be finite and above 0, got {}", what, value));
  }
}

}  // namespace

std::vector<ParameterLayer> parameter_layers(const ModelSpec& spec) {
  std::vector<ParameterLayer> out;
  std::size_t first = 0;
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    const auto& node = spec.nodes[i];
    const auto count = parameters_of(node).size() - node.shared.size();
    if (count > 0) out.push_back({i, first, count});
    first += count;
  }
  return out;
}

void ClippingOptions::validate(const ModelSpec& spec) const {
  require_positive("clip_norm", clip_norm);
  if (kind == ClippingKind::automatic) require_positive("stabilizer", stabilizer);
  if (layer_norms.empty()) return;
  if (kind != ClippingKind::per_layer)
    throw std::invalid_argument("expected layer_norms with per-layer clipping alone");
  const auto layers = parameter_layers(spec).size();
  if (layer_norms.size() != layers) {
    throw std::invalid_argument(
        fmt::format("expected a norm for each of the {} layers with parameters of model '{}', got "
                    "{}",
                    layers, spec.name, layer_norms.size()));
  }
  for (const auto norm : layer_norms)
    require_positive("the norm of a layer", norm);
}

std::vector<double> ClippingOptions::norms_of_layers(const ModelSpec& spec) const {
  if (!layer_norms.empty()) return layer_norms;
  const auto layers = parameter_layers(spec).size();
  return std::vector<double>(layers, clip_norm / std::sqrt(static_cast<double>(layers)));
}

double ClippingOptions::sensitivity(const ModelSpec& spec) const {
  if (kind != ClippingKind::per_layer || layer_norms.empty()) return clip_norm;
  double square = 0;
  for (const auto norm : norms_of_layers(spec))
    square += norm * norm;
  return std::sqrt(square);
}

}  // namespace assay::dp
