#pragma once

#include <ATen/core/Tensor.h>

namespace assay::attacks {

/// Ridge regression: w of min |X w - T|^2 + lambda |w|^2, solved over records or over features,
/// whichever are fewer.
/// Shapes: x [N, F], t [N] or [N, K], float64 -> [F] or [F, K]
at::Tensor ridge(const at::Tensor& x, const at::Tensor& t, double lambda);

}  // namespace assay::attacks
