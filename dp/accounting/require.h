#pragma once

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>

namespace assay::dp {

/// Errors: std::invalid_argument unless 0 < delta < 1.
inline void require_delta(double delta) {
  if (!(delta > 0.0 && delta < 1.0))
    throw std::invalid_argument(fmt::format("expected delta between 0 and 1, got {}", delta));
}

/// Errors: std::invalid_argument unless epsilon is finite and at least 0.
inline void require_epsilon(double epsilon) {
  if (!(epsilon >= 0.0) || std::isinf(epsilon)) {
    throw std::invalid_argument(
        fmt::format("expected a finite epsilon of at least 0, got {}", epsilon));
  }
}

}  // namespace assay::dp
