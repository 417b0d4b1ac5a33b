#pragma once

#include <ATen/core/Tensor.h>

namespace assay::metrics {

/// Structural similarity of two images of one shape, [height, width] or [channels, height, width]:
/// 1 for identical images, about 0 for unrelated ones, negative for inverted structure.
///
/// Per channel, with Gaussian weights over a window of 11 x 11 (sigma 1.5, weights summing to 1):
///   (2 mx my + C1) (2 sxy + C2) / ((mx^2 + my^2 + C1) (sx^2 + sy^2 + C2)),
/// C1 = 0.01^2, C2 = 0.03^2, population (co)variances, averaged over all windows that lie wholly
/// inside the image, then over channels.
/// A side below 11 pixels makes the window the largest odd square that fits, with the same sigma:
/// such values compare with one another, not with those of larger images.
///
/// The data range is 1: the caller clamps both images to [0, 1] first.
/// Errors: std::invalid_argument for different or other shapes, NaN, infinity, or values outside
/// [0, 1].
/// Source: Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 13 (2004).
double ssim(const at::Tensor& image, const at::Tensor& reference);

}  // namespace assay::metrics
