#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace assay::metrics {

/// The one-to-one assignment of rows to columns with the least total cost.
///
/// cost is [rows, columns]; min(rows, columns) pairs are made. Gives each row its column, or -1
/// where there are more rows than columns. Of several least assignments one is taken, the same
/// every time.
/// Cost: O(min^2 max) by shortest augmenting paths with potentials.
/// Errors: std::invalid_argument unless cost has two dimensions, and for NaN or infinity.
/// Source: Kuhn, Naval Research Logistics Quarterly 2 (1955); Jonker and Volgenant, Computing 38
/// (1987).
std::vector<std::int64_t> assign(const at::Tensor& cost);

}  // namespace assay::metrics
