#pragma once

#include <fmt/core.h>

#include <stdexcept>

namespace assay::dp {

/// What a test of a claim of (epsilon, delta) is made with.
/// Errors: std::invalid_argument unless 0 <= delta < 1 and 0 < alpha < 1.
inline void require_test(double delta, double alpha) {
  if (!(delta >= 0.0 && delta < 1.0))
    throw std::invalid_argument(fmt::format("expected delta in [0, 1), got {}", delta));
  if (!(alpha > 0.0 && alpha < 1.0))
    throw std::invalid_argument(fmt::format("expected alpha between 0 and 1, got {}", alpha));
}

}  // namespace assay::dp
