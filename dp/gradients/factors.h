#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "dp/gradients/clipping.h"

namespace assay::dp {

/// What each example's gradient is multiplied with.
struct Factors {
  std::vector<at::Tensor> of_layers;  ///< c_il, float32 [batch], of each layer
  at::Tensor norms;                   ///< |g_i|, float32 [batch]; NaN if it must not be used
  std::vector<std::int64_t> usable;   ///< the examples with finite gradients; others have c = 0
  std::int64_t clipped = 0;           ///< of the usable ones, those with a factor below 1
};

/// `square_norms`: |g_il|^2, float64 [batch], of each layer. `finite`, bool [batch]: what else
/// stands against an example.
Factors clip_factors(const ClippingOptions& options, const ModelSpec& spec,
                     const std::vector<at::Tensor>& square_norms, const at::Tensor& finite);

}  // namespace assay::dp
