#pragma once

#include <ATen/core/Tensor.h>

namespace assay::metrics {

/// Mean squared error over all elements, in float64, of two tensors of one shape and any type, on
/// any device. Nothing is broadcast: one image is never compared with a batch. Nothing is clamped.
/// Errors: std::invalid_argument for different shapes, empty tensors, NaN or infinity.
double mse(const at::Tensor& a, const at::Tensor& b);

}  // namespace assay::metrics
