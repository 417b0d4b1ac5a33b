#include "dp/audit/canary_gradients.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "core/update/update.h"
#include "core/view/canary_coordinate.h"
#include "dp/gradients/factors.h"

namespace assay::dp {

CanaryGradients::CanaryGradients(ModelSpec spec, const Canaries& canaries, ClippingOptions clipping)
    : spec_(std::move(spec)),
      clipping_(std::move(clipping)),
      shapes_(parameters_of(spec_)),
      count_(std::ssize(canaries.records)),
      coordinates_(parameter_count(spec_)),
      norm_(canaries.gradient_norm.value()) {
  if (count_ > coordinates_) {
    throw std::invalid_argument(
        fmt::format("expected at most a canary for each of the model's {} parameters, got {}",
                    coordinates_, count_));
  }
  for (const auto& layer : parameter_layers(spec_)) {
    auto end = layer_ends_.empty() ? 0 : layer_ends_.back();
    for (auto p = layer.first; p < layer.first + layer.count; ++p) {
      std::int64_t size = 1;
      for (const auto extent : shapes_[p].shape)
        size *= extent;
      end += size;
    }
    layer_ends_.push_back(end);
  }
}

std::size_t CanaryGradients::layer_of(std::int64_t coordinate) const {
  const auto at = std::upper_bound(layer_ends_.begin(), layer_ends_.end(), coordinate);
  return static_cast<std::size_t>(at - layer_ends_.begin());
}

ClippedSum CanaryGradients::operator()(const std::vector<std::int64_t>& canaries) const {
  const auto drawn = std::ssize(canaries);
  std::vector<at::Tensor> square_norms;
  for (std::size_t l = 0; l < layer_ends_.size(); ++l)
    square_norms.push_back(at::zeros({drawn}, at::kDouble));
  for (std::int64_t i = 0; i < drawn; ++i) {
    const auto at = canary_coordinate(canaries[static_cast<std::size_t>(i)], count_, coordinates_);
    square_norms[layer_of(at)].mutable_data_ptr<double>()[i] = norm_ * norm_;
  }
  const auto factors = clip_factors(clipping_, spec_, square_norms, at::ones({drawn}, at::kBool));

  auto flat = at::zeros({coordinates_}, at::kFloat);
  auto* sum = flat.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < drawn; ++i) {
    const auto at = canary_coordinate(canaries[static_cast<std::size_t>(i)], count_, coordinates_);
    const auto factor = factors.of_layers[layer_of(at)].const_data_ptr<float>()[i];
    sum[at] += factor * static_cast<float>(norm_);
  }
  return {.sum = unflatten(shapes_, flat),
          .norms = factors.norms,
          .examples = drawn,
          .clipped = factors.clipped};
}

}  // namespace assay::dp
