#pragma once

#include <ATen/core/Tensor.h>

namespace assay::metrics {

/// An exact reconstruction is worth this much, not infinity: one exact image must not decide a
/// mean.
inline constexpr double kMaxPsnrDb = 100.0;

/// Peak signal-to-noise ratio of two images of one shape, in dB: 10 log10(1 / mse), at most
/// kMaxPsnrDb.
///
/// The data range is 1: the caller clamps both images to [0, 1] first.
/// Errors: as mse(); std::invalid_argument for values outside [0, 1].
double psnr_db(const at::Tensor& image, const at::Tensor& reference);

}  // namespace assay::metrics
