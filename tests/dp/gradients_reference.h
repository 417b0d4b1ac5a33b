#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cmath>

#include "core/training/local_step.h"
#include "dp/gradients/clipped_gradient.h"

namespace assay::dp {

/// The gradient of each example by itself, in float64: what clipped sums are held against.
inline std::vector<Parameters> example_gradients(const ModelSpec& spec,
                                                 const Parameters& parameters, Loss loss,
                                                 const at::Tensor& inputs,
                                                 const at::Tensor& labels) {
  Parameters exact;
  for (const auto& parameter : parameters)
    exact.push_back(parameter.to(at::kDouble));
  const auto targets = labels.is_floating_point() ? labels.to(at::kDouble) : labels;
  std::vector<Parameters> out;
  for (std::int64_t i = 0; i < inputs.size(0); ++i)
    out.push_back(loss_and_gradient(spec, exact, loss, inputs.narrow(0, i, 1).to(at::kDouble),
                                    targets.narrow(0, i, 1))
                      .gradient);
  return out;
}

inline double square_norm(const Parameters& gradient, std::size_t first, std::size_t count) {
  double square = 0;
  for (std::size_t k = first; k < first + count; ++k)
    square += gradient[k].square().sum().item<double>();
  return square;
}
inline double norm_of(const Parameters& gradient) {
  return std::sqrt(square_norm(gradient, 0, gradient.size()));
}

/// |a - b|
inline double distance(const Parameters& a, const Parameters& b) {
  Parameters difference;
  for (std::size_t k = 0; k < a.size(); ++k)
    difference.push_back(a[k].to(at::kDouble) - b[k].to(at::kDouble));
  return norm_of(difference);
}

/// The definition: sum_i c_i g_i.
inline Parameters clipped_by_definition(const ModelSpec& spec, const ClippingOptions& options,
                                        const std::vector<Parameters>& gradients) {
  Parameters sum;
  for (const auto& parameter : parameters_of(spec))
    sum.push_back(at::zeros(parameter.shape, at::kDouble));
  const auto layers = parameter_layers(spec);
  const auto bounds = options.norms_of_layers(spec);
  for (const auto& gradient : gradients) {
    const auto norm = norm_of(gradient);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      double factor = std::min(1.0, options.clip_norm / norm);
      if (options.kind == ClippingKind::automatic)
        factor = options.clip_norm / (norm + options.stabilizer);
      if (options.kind == ClippingKind::per_layer) {
        factor = std::min(
            1.0, bounds[l] / std::sqrt(square_norm(gradient, layers[l].first, layers[l].count)));
      }
      for (std::size_t k = layers[l].first; k < layers[l].first + layers[l].count; ++k)
        sum[k] += factor * gradient[k];
    }
  }
  return sum;
}

}  // namespace assay::dp
