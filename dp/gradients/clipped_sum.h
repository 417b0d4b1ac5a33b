#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/models/forward.h"

namespace assay::dp {

/// The sum of a batch's clipped per-example gradients, before noise: private, as all of it is.
struct ClippedSum {
  Parameters sum;    ///< sum_i c_i g_i, float32, one tensor per entry of parameters_of()
  at::Tensor norms;  ///< |g_i| before clipping, float32 [examples]; not finite where g_i was not
  std::int64_t examples = 0;
  std::int64_t clipped = 0;     ///< examples of which a part was made smaller (c_i < 1)
  std::int64_t not_finite = 0;  ///< examples that add 0: a NaN or an overflow on the way
  double loss = 0.0;            ///< of the finite examples, summed; for measurements alone

  /// Of no examples: what an empty batch of Poisson sampling adds before its noise.
  static ClippedSum zeros(const ModelSpec& spec);

  /// Virtual steps: the micro-batches of one logical batch add up to what the whole batch gives.
  /// Noise is added once to the result, and one step is charged.
  ClippedSum& operator+=(const ClippedSum& other);
};

}  // namespace assay::dp
