#include "dp/sampling/draw.h"

#include <fmt/core.h>

#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace assay::dp {

Coin::Coin(double probability) : certain_(probability == 1.0) {
  if (!(probability >= 0.0 && probability <= 1.0)) {
    throw std::invalid_argument(
        fmt::format("expected a probability from 0 to 1, got {}", probability));
  }
  // Exact: a product with a power of two, and rounded down.
  if (!certain_) threshold_ = static_cast<std::uint64_t>(std::ldexp(probability, 64));
}

std::int64_t below(Csprng& draws, std::int64_t bound) {
  return boost::random::uniform_int_distribution<std::int64_t>(0, bound - 1)(draws);
}

// The first steps of the Fisher-Yates shuffle.
void choose(Csprng& draws, std::vector<std::int64_t>& values, std::int64_t count) {
  const auto size = static_cast<std::int64_t>(values.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto other = i + below(draws, size - i);
    std::swap(values[static_cast<std::size_t>(i)], values[static_cast<std::size_t>(other)]);
  }
}

}  // namespace assay::dp
