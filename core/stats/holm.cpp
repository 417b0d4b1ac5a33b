#include "core/stats/holm.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace assay::stats {

HolmResult holm(std::span<const double> p_values, double alpha) {
  if (!(alpha > 0.0 && alpha < 1.0)) {
    throw std::invalid_argument(fmt::format("expected 0 < alpha < 1, got {}", alpha));
  }
  for (const double p : p_values) {
    if (!(p >= 0.0 && p <= 1.0)) {
      throw std::invalid_argument(fmt::format("expected p-values between 0 and 1, got {}", p));
    }
  }
  const auto m = p_values.size();
  std::vector<std::size_t> order(m);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return p_values[i] < p_values[j]; });

  HolmResult out{std::vector<double>(m), std::vector<bool>(m)};
  double adjusted = 0.0;
  for (std::size_t i = 0; i < m; ++i) {
    // p~_(i) = max over j <= i of (m - j) p_(j), at most 1; i and j count from 0
    adjusted = std::max(adjusted, std::min(1.0, static_cast<double>(m - i) * p_values[order[i]]));
    out.adjusted[order[i]] = adjusted;
    out.rejected[order[i]] = adjusted <= alpha;
  }
  return out;
}

}  // namespace assay::stats
