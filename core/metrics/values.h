#pragma once

#include <ATen/core/Tensor.h>

namespace assay::metrics {

/// What every metric reads: the tensor's values as contiguous float64 on the CPU, without gradient.
/// Errors: std::invalid_argument, naming `what`, for an undefined tensor, complex numbers, NaN or
/// infinity.
at::Tensor finite_values(const at::Tensor& tensor, const char* what);

/// The same for images of data range 1. A value outside [0, 1] is refused too: a metric would score
/// it on a scale of its own.
at::Tensor unit_range_values(const at::Tensor& image, const char* what);

/// Errors: std::invalid_argument if the shapes differ, with both, or if there is nothing to
/// compare.
void require_comparable(const at::Tensor& a, const at::Tensor& b);

}  // namespace assay::metrics
