#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace assay::metrics {

/// Which reconstruction stands for which original, when an attack returns a batch in any order.
///
/// reconstructions is [r, ...], originals is [o, ...] with the same shape per image. Gives for each
/// ORIGINAL the index of its reconstruction, or -1 where there are fewer reconstructions than
/// originals: reconstructions.index_select(0, result) lines up with originals.
///
/// One assignment on one cost: the distance sqrt(mse) of both clamped to [0, 1]. No reconstruction
/// serves two originals, and every score of the batch is taken under this matching. The root makes
/// the cost obey the triangle inequality: giving up an exact pair never makes the sum smaller. The
/// sum of the squares gives up an exact pair as soon as its original lies between a second one and
/// the failed reconstruction of that.
///
/// Cost: r x o comparisons, and the assignment's O(min^2 max).
/// Errors: std::invalid_argument for different shapes per image, images without values, NaN or
/// infinity: a diverged reconstruction is a failure to be listed, and is left out before matching.
std::vector<std::int64_t> match_to_originals(const at::Tensor& reconstructions,
                                             const at::Tensor& originals);

}  // namespace assay::metrics
