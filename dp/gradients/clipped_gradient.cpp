#include "dp/gradients/clipped_gradient.h"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "core/training/local_step.h"
#include "dp/gradients/replace.h"

namespace assay::dp {

ClippedGradient::ClippedGradient(ModelSpec spec, Loss loss, ClippingOptions options,
                                 std::int64_t micro_batch)
    : spec_(std::move(spec)), loss_(loss), options_(std::move(options)), micro_batch_(micro_batch) {
  validate(spec_);
  require_no_cross_example_layers(spec_);
  options_.validate(spec_);
  if (micro_batch_ < 0)
    throw std::invalid_argument(fmt::format("expected micro_batch >= 0, got {}", micro_batch_));
}

void ClippedGradient::set_clip_norm(double clip_norm) {
  if (!options_.layer_norms.empty())
    throw std::invalid_argument("expected no norms of single layers where the clip norm is set");
  auto options = options_;
  options.clip_norm = clip_norm;
  options.validate(spec_);
  options_ = std::move(options);
}

ClippedSum ClippedGradient::operator()(const Parameters& parameters, const at::Tensor& inputs,
                                       const at::Tensor& labels, PhaseTimes* /*times*/) const {
  auto out = ClippedSum::zeros(spec_);
  const auto layers = parameter_layers(spec_);
  const auto bounds = options_.norms_of_layers(spec_);
  for (std::int64_t i = 0; i < inputs.size(0); ++i) {
    const auto [loss, gradient] =
        loss_and_gradient(spec_, parameters, loss_, inputs.narrow(0, i, 1), labels.narrow(0, i, 1));
    std::vector<double> squares;
    double square = 0;
    for (const auto& layer : layers) {
      squares.push_back(0);
      for (std::size_t k = layer.first; k < layer.first + layer.count; ++k)
        squares.back() += gradient[k].to(at::kDouble).square().sum().item<double>();
      square += squares.back();
    }
    const auto norm = std::sqrt(square);
    out.norms = at::cat({out.norms, at::full({1}, norm, at::kFloat)});
    ++out.examples;
    if (!std::isfinite(norm) || !std::isfinite(loss)) {
      ++out.not_finite;
      continue;
    }
    out.loss += loss;
    bool clipped = false;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      double factor = std::min(1.0, options_.clip_norm / norm);
      if (options_.kind == ClippingKind::per_layer)
        factor = std::min(1.0, bounds[l] / std::sqrt(squares[l]));
      if (options_.kind == ClippingKind::automatic)
        factor = options_.clip_norm / (norm + options_.stabilizer);
      clipped = clipped || factor < 1.0;
      for (std::size_t k = layers[l].first; k < layers[l].first + layers[l].count; ++k)
        out.sum[k] += factor * gradient[k];
    }
    out.clipped += clipped ? 1 : 0;
  }
  return out;
}

}  // namespace assay::dp
