#include "core/stats/summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace assay::stats {
namespace {

void require_sample(std::span<const double> values, std::size_t at_least) {
  if (values.size() < at_least) {
    throw std::invalid_argument(
        fmt::format("expected at least {} value(s), got {}", at_least, values.size()));
  }
  for (const double value : values) {
    if (!std::isfinite(value)) {
      throw std::invalid_argument(fmt::format("expected finite values, got {}", value));
    }
  }
}

}  // namespace

double mean(std::span<const double> values) {
  require_sample(values, 1);
  // Around the first value, so that equal values have exactly themselves as their mean.
  const long double origin = values.front();
  long double sum = 0.0L;
  for (const double value : values)
    sum += value - origin;
  return static_cast<double>(origin + sum / static_cast<long double>(values.size()));
}

double median(std::span<const double> values) {
  return quantile(values, 0.5);
}

double quantile(std::span<const double> values, double probability) {
  require_sample(values, 1);
  if (!(probability >= 0.0 && probability <= 1.0)) {
    throw std::invalid_argument(
        fmt::format("expected a probability between 0 and 1, got {}", probability));
  }
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double position = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

double sample_sd(std::span<const double> values) {
  require_sample(values, 2);
  const long double centre = mean(values);
  long double squares = 0.0L;
  for (const double value : values)
    squares += (value - centre) * (value - centre);
  return static_cast<double>(std::sqrt(squares / static_cast<long double>(values.size() - 1)));
}

double third_moment(std::span<const double> values) {
  require_sample(values, 1);
  const long double centre = mean(values);
  long double cubes = 0.0L;
  for (const double value : values)
    cubes += (value - centre) * (value - centre) * (value - centre);
  return static_cast<double>(cubes / static_cast<long double>(values.size()));
}

}  // namespace assay::stats
