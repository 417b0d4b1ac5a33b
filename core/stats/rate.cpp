#include "core/stats/rate.h"

#include <fmt/core.h>

#include <stdexcept>

namespace assay::stats {

void require_rate(const Rate& rate) {
  if (rate.successes < 0 || rate.successes > rate.n) {
    throw std::invalid_argument(
        fmt::format("expected 0 <= successes <= n, got {} of {}", rate.successes, rate.n));
  }
}

}  // namespace assay::stats
