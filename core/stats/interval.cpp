#include "core/stats/interval.h"

#include <fmt/core.h>

#include <stdexcept>

namespace assay::stats {

void require_confidence(double confidence) {
  if (!(confidence > 0.0 && confidence < 1.0)) {
    throw std::invalid_argument(
        fmt::format("expected a confidence between 0 and 1, got {}", confidence));
  }
}

}  // namespace assay::stats
