#include "dp/noise/correlated/noise_matrix.h"

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>

namespace assay::dp {
void Participation::validate() const {
  if (steps < 1 || separation < 1) {
    throw std::invalid_argument(fmt::format(
        "expected steps and a separation of at least 1, got {} and {}", steps, separation));
  }
}

double root_mean_square(const std::vector<double>& numbers) {
  double sum = 0.0;
  for (const double number : numbers)
    sum += number * number;
  return std::sqrt(sum / static_cast<double>(numbers.size()));
}

}  // namespace assay::dp
