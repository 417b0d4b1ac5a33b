#pragma once

#include <cstdint>
#include <vector>

namespace assay::dp {

/// Lower triangular Toeplitz matrices multiply and divide as the power series of their first
/// columns do.
using Series = std::vector<double>;

/// numerator / denominator, its first `terms` terms. Cost: terms x the denominator's length.
Series divided(const Series& numerator, const Series& denominator, std::int64_t terms);
/// 1 / denominator: the first column of the inverse.
Series inverse(const Series& denominator, std::int64_t terms);
/// Divided by 1 - x.
Series prefix_sums(Series series);

}  // namespace assay::dp
