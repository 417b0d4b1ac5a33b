#pragma once

#include <ATen/core/Tensor.h>

namespace assay::mpc {

/// Real numbers as elements of Z_2^64: x is the integer nearest to x 2^f, negative ones in two's
/// complement. Tensors of ring elements are int64 tensors, whose sums and products wrap.
///
/// A value, a product before its truncation and a sum of such products must stay below 2^62 in the
/// ring, that is below 2^(62-2f): 2^30 at f = 16, 2^26 at f = 18.

/// Errors: std::invalid_argument unless 0 <= fraction_bits <= 30, or if a value is not finite or
/// its encoding is not below 2^62.
at::Tensor encode(const at::Tensor& values, int fraction_bits);
std::int64_t encode(double value, int fraction_bits);

/// float64, exact: every ring element below 2^53 has its own value.
at::Tensor decode(const at::Tensor& ring, int fraction_bits);

}  // namespace assay::mpc
