#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace assay::metrics {

/// Image identification: how well a reconstruction points at its original among look-alikes.
struct Identification {
  std::int64_t rank = 0;        ///< 1: the original is nearest
  std::int64_t candidates = 0;  ///< M

  bool identified() const { return rank == 1; }
  /// What guessing gets, 1 / M: the rate to test the identified ones against.
  double chance() const { return 1.0 / static_cast<double>(candidates); }
};

/// The rank of candidates[original] among all candidates by mean squared error to the
/// reconstruction.
///
/// reconstruction is [...], candidates is [M, ...] with the original among them. Ties count against
/// the attacker: an image as near as the original ranks before it, so that a constant
/// reconstruction that is equally far from everything identifies nothing. Nothing is clamped: clamp
/// images first.
/// Errors: std::invalid_argument for other shapes, an original that is not a candidate, NaN or
/// infinity.
/// Source: image identification precision (IIP), Yin et al., See through Gradients, CVPR 2021.
Identification identify(const at::Tensor& reconstruction, const at::Tensor& candidates,
                        std::int64_t original);

}  // namespace assay::metrics
