#pragma once

#include <ATen/core/Tensor.h>

#include "core/random/stream.h"

namespace assay::scenarios {

/// Random variants of pictures [N, C, H, W] in [0, 1], one draw of everything per picture: a turn
/// by up to 8 degrees, 10 % of scale, a mirror image every other time, a shift by up to 5 % of the
/// side, a blend with its blurred self, contrast, brightness, a ramp of light, noise. Values may
/// leave [0, 1].
at::Tensor augmented(const at::Tensor& pictures, Stream& stream);

}  // namespace assay::scenarios
