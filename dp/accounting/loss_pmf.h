#pragma once

#include <cstdint>
#include <vector>

namespace assay::dp {

/// A privacy loss on a grid: mass[i] at (first + i) interval + shift, and `infinity` at no finite
/// loss. The masses of Q are e^(-loss) times as large.
struct LossPmf {
  double interval = 0.0;
  double shift = 0.0;
  std::int64_t first = 0;
  std::vector<double> mass;
  double infinity = 0.0;
  /// The most by which rounding can have moved the loss of any mass.
  double loss_rounding = 0.0;
};

}  // namespace assay::dp
