#include "core/metrics/matching.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/util/accumulate.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "core/metrics/assignment.h"
#include "core/metrics/values.h"

namespace assay::metrics {

std::vector<std::int64_t> match_to_originals(const at::Tensor& reconstructions,
                                             const at::Tensor& originals) {
  const auto x = finite_values(reconstructions, "the reconstructions").clamp(0.0, 1.0);
  const auto y = finite_values(originals, "the originals").clamp(0.0, 1.0);
  if (x.dim() < 1 || y.dim() < 1 || x.sizes().slice(1) != y.sizes().slice(1)) {
    throw std::invalid_argument(
        fmt::format("expected batches of one image shape, got [{}] and [{}]",
                    fmt::join(x.sizes(), ", "), fmt::join(y.sizes(), ", ")));
  }
  const auto values = c10::multiply_integers(x.sizes().slice(1));
  if (values == 0) throw std::invalid_argument("expected images with values, got none");
  const auto rows = x.reshape({x.size(0), values});
  const auto wanted = y.reshape({y.size(0), values});
  // Squares of differences, not |x|^2 + |y|^2 - 2xy: an exact pair must cost exactly 0.
  const auto cost = at::empty({y.size(0), x.size(0)}, at::kDouble);
  for (std::int64_t i = 0; i < y.size(0); ++i) {
    cost[i] = (rows - wanted[i]).square().mean(1).sqrt();
  }
  return assign(cost);
}

}  // namespace assay::metrics
