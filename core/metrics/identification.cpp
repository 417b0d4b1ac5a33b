#include "core/metrics/identification.h"

#include <ATen/core/Tensor.h>
#include <fmt/core.h>

#include <stdexcept>

#include "core/metrics/mse.h"
#include "core/metrics/values.h"

namespace assay::metrics {

Identification identify(const at::Tensor& reconstruction, const at::Tensor& candidates,
                        std::int64_t original) {
  const auto x = finite_values(reconstruction, "the reconstruction");
  const auto all = finite_values(candidates, "the candidates");
  const auto count = all.dim() > 0 ? all.size(0) : 0;
  if (original < 0 || original >= count) {
    throw std::invalid_argument(
        fmt::format("expected an original among {} candidate(s), got index {}", count, original));
  }
  // One mse per candidate, in the same order of sums: equal images have equal distances, to the
  // bit.
  const double to_original = mse(x, all[original]);
  Identification out{.rank = 1, .candidates = count};
  for (std::int64_t j = 0; j < count; ++j) {
    if (j != original && mse(x, all[j]) <= to_original) ++out.rank;
  }
  return out;
}

}  // namespace assay::metrics
