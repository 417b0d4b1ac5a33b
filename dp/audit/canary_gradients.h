#pragma once

#include "dp/audit/canaries.h"
#include "dp/gradients/clipped_sum.h"
#include "dp/gradients/clipping.h"

namespace assay::dp {

/// The gradients of canaries: each along one coordinate of its own, of a given norm, clipped as the
/// gradients of records are.
class CanaryGradients {
 public:
  /// Errors: std::invalid_argument for more canaries than parameters.
  CanaryGradients(ModelSpec spec, const Canaries& canaries, ClippingOptions clipping);

  /// The sum over some canaries, by their number. Cost: one pass over the parameters.
  ClippedSum operator()(const std::vector<std::int64_t>& canaries) const;

  void set_clip_norm(double clip_norm) { clipping_.clip_norm = clip_norm; }

 private:
  std::size_t layer_of(std::int64_t coordinate) const;

  ModelSpec spec_;
  ClippingOptions clipping_;
  std::vector<ParameterSpec> shapes_;
  std::vector<std::int64_t> layer_ends_;  // the first coordinate behind each layer
  std::int64_t count_ = 0, coordinates_ = 0;
  double norm_ = 0.0;
};

}  // namespace assay::dp
