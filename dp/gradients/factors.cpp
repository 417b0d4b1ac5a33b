#include "dp/gradients/factors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

namespace assay::dp {
namespace {

/// What a norm computed in float32 may be off by, relative. Factors are smaller by that, so that no
/// clipped gradient is longer than its bound.
constexpr double kRounding = 1e-6;

double at_most_one(double bound, double norm) {
  return std::min(1.0, bound / (norm * (1.0 + kRounding)));
}

}  // namespace

Factors clip_factors(const ClippingOptions& options, const ModelSpec& spec,
                     const std::vector<at::Tensor>& square_norms, const at::Tensor& finite) {
  const auto batch = finite.size(0);
  const auto layers = square_norms.size();
  const bool per_layer = options.kind == ClippingKind::per_layer;
  const auto bounds = per_layer ? options.norms_of_layers(spec) : std::vector<double>{};

  Factors out;
  out.norms = at::empty({batch}, at::kFloat);
  const auto one_for_all = at::zeros({batch}, at::kFloat);
  for (std::size_t l = 0; l < layers; ++l)
    out.of_layers.push_back(per_layer ? at::zeros({batch}, at::kFloat) : one_for_all);
  auto* norms = out.norms.data_ptr<float>();
  const auto* may_be_used = finite.const_data_ptr<bool>();

  for (std::int64_t i = 0; i < batch; ++i) {
    const auto square_of = [&](std::size_t l) {
      return square_norms[l].const_data_ptr<double>()[i];
    };
    double square = 0.0;
    for (std::size_t l = 0; l < layers; ++l)
      square += square_of(l);
    const auto norm = std::sqrt(square);
    if (!std::isfinite(norm) || !may_be_used[i]) {
      norms[i] = std::numeric_limits<float>::quiet_NaN();
      continue;
    }
    norms[i] = static_cast<float>(norm);
    out.usable.push_back(i);
    double least = 1.0;
    const auto put = [&](const at::Tensor& factors, double factor) {
      factors.data_ptr<float>()[i] = static_cast<float>(factor);
      least = std::min(least, factor);
    };
    switch (options.kind) {
      case ClippingKind::flat:
        put(one_for_all, at_most_one(options.clip_norm, norm));
        break;
      case ClippingKind::automatic:
        put(one_for_all, options.clip_norm / (norm + options.stabilizer));
        break;
      case ClippingKind::per_layer:
        for (std::size_t l = 0; l < layers; ++l)
          put(out.of_layers[l], at_most_one(bounds[l], std::sqrt(square_of(l))));
        break;
    }
    out.clipped += least < 1.0 ? 1 : 0;
  }
  return out;
}

}  // namespace assay::dp
