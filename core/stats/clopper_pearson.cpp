#include "core/stats/clopper_pearson.h"

#include <fmt/core.h>

#include <stdexcept>

#include "core/stats/distributions.h"
#include "core/stats/rate.h"

namespace assay::stats {
namespace {

/// The rate at which `successes` or more have probability `tail`.
double lower_end(double successes, double n, double tail) {
  return successes <= 0.0 ? 0.0 : beta_quantile(tail, successes, n - successes + 1.0);
}

/// The rate at which `successes` or fewer have probability `tail`.
double upper_end(double successes, double n, double tail) {
  return 1.0 - lower_end(n - successes, n, tail);
}

}  // namespace

Interval clopper_pearson(std::int64_t successes, std::int64_t n, double confidence) {
  require_rate({successes, n});
  return clopper_pearson_effective(static_cast<double>(successes), static_cast<double>(n),
                                   confidence);
}

double clopper_pearson_lower(std::int64_t successes, std::int64_t n, double confidence) {
  require_rate({successes, n});
  require_confidence(confidence);
  return lower_end(static_cast<double>(successes), static_cast<double>(n), 1.0 - confidence);
}

double clopper_pearson_upper(std::int64_t successes, std::int64_t n, double confidence) {
  require_rate({successes, n});
  require_confidence(confidence);
  return upper_end(static_cast<double>(successes), static_cast<double>(n), 1.0 - confidence);
}

Interval clopper_pearson_effective(double successes, double n, double confidence) {
  require_confidence(confidence);
  if (!(successes >= 0.0 && successes <= n)) {
    throw std::invalid_argument(
        fmt::format("expected 0 <= successes <= n, got {} of {}", successes, n));
  }
  const double tail = (1.0 - confidence) / 2.0;
  return {lower_end(successes, n, tail), upper_end(successes, n, tail)};
}

}  // namespace assay::stats
