#pragma once

#include <cstdint>

namespace assay {

/// Normalisation over the batch and all places, for each channel of [channels, height, width] or
/// each of [features]. Parameters: weight, bias [features]. In training with the statistics of the
/// batch, in evaluation with kept ones: mean, variance [features].
struct BatchNorm {
  std::int64_t features = 0;
  double epsilon = 1e-5;
  bool operator==(const BatchNorm&) const = default;
};

/// Normalisation over the last dimension. Parameters: weight, bias [features].
struct LayerNorm {
  std::int64_t features = 0;
  double epsilon = 1e-5;
  bool operator==(const LayerNorm&) const = default;
};

/// Normalisation of [channels, ...] over each group of channels. Parameters: weight, bias
/// [channels].
struct GroupNorm {
  std::int64_t channels = 0, groups = 1;
  double epsilon = 1e-5;
  bool operator==(const GroupNorm&) const = default;
};

}  // namespace assay
