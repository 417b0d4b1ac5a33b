#include "core/stats/t_estimate.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/stats/distributions.h"
#include "core/stats/interval.h"

namespace assay::stats {

double t_lower(const TEstimate& estimate, double confidence) {
  require_confidence(confidence);
  if (estimate.standard_error == 0.0) return estimate.value;
  return estimate.value -
         t_quantile(confidence, estimate.degrees_of_freedom) * estimate.standard_error;
}

double t_upper(const TEstimate& estimate, double confidence) {
  return -t_lower({-estimate.value, estimate.standard_error, estimate.degrees_of_freedom},
                  confidence);
}

double t_p_value(const TEstimate& estimate, double delta) {
  if (!std::isfinite(delta)) {
    throw std::invalid_argument(fmt::format("expected a finite tolerance, got {}", delta));
  }
  const double excess = estimate.value - delta;
  const double rounding = 1e-12 * std::max({1.0, std::abs(estimate.value), std::abs(delta)});
  if (estimate.standard_error <= rounding) return excess > rounding ? 0.0 : 1.0;
  return t_upper_tail(excess / estimate.standard_error, estimate.degrees_of_freedom);
}

double t_cautious_p_value(const TEstimate& estimate, double delta) {
  const double plain = t_p_value(estimate, delta);
  if (estimate.skewness >= 0.0 || plain == 0.0 || plain >= 0.5) return plain;
  const double t = (estimate.value - delta) / estimate.standard_error, q = estimate.skewness;
  const double transformed = t + q * t * t / 3.0 + q * q * t * t * t / 27.0 + q / 6.0;
  return std::max(plain, t_upper_tail(transformed, estimate.degrees_of_freedom));
}

}  // namespace assay::stats
