#include "dp/accounting/matrix_factorization.h"

#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <stdexcept>

namespace assay::dp {
namespace {

void require_positive(const char* what, std::int64_t value) {
  if (value < 1)
    throw std::invalid_argument(fmt::format("expected {} of at least 1, got {}", what, value));
}

}  // namespace

History::Entry banded_matrix(std::int64_t steps, std::int64_t bands, double rate,
                             double noise_multiplier) {
  require_positive("steps", steps);
  require_positive("bands", bands);
  return {poisson(rate, noise_multiplier), (steps - 1) / bands + 1};
}

History::Entry whole_matrix(double sensitivity, double noise_multiplier) {
  if (!(sensitivity > 0.0) || std::isinf(sensitivity))
    throw std::invalid_argument(fmt::format("expected a sensitivity > 0, got {}", sensitivity));
  return {full_batch(noise_multiplier / sensitivity), 1};
}

History::Entry binary_tree(std::int64_t steps, std::int64_t participations, std::int64_t trees,
                           double noise_multiplier) {
  require_positive("steps", steps);
  require_positive("participations", participations);
  require_positive("trees", trees);
  const auto height = std::bit_width(static_cast<std::uint64_t>(steps - 1)) + 1;
  const double sensitivity = static_cast<double>(participations) * std::sqrt(height);
  return {full_batch(noise_multiplier / sensitivity), trees};
}

}  // namespace assay::dp
