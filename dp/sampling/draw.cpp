#include "dp/sampling/draw.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <numeric>
#include <span>
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

std::vector<std::int64_t> Coin::heads(Csprng& draws, std::int64_t coins) const {
  std::vector<std::int64_t> places;
  if (certain_) {
    places.resize(static_cast<std::size_t>(coins));
    std::iota(places.begin(), places.end(), 0);
    return places;
  }
  constexpr std::size_t kAtOnce = 32;  // bytes that are compared together
  const auto top = static_cast<std::uint8_t>(threshold_ >> 56U);
  std::array<std::uint8_t, 128 * kAtOnce> first{};
  for (std::int64_t begin = 0; begin < coins; begin += std::ssize(first)) {
    const auto here = static_cast<std::size_t>(std::min(coins - begin, std::ssize(first)));
    const auto chunks = (here + kAtOnce - 1) / kAtOnce;
    draws.fill(std::as_writable_bytes(std::span(first).first(chunks * kAtOnce)));
    for (std::size_t chunk = 0; chunk < here; chunk += kAtOnce) {
      bool any = false;
      for (std::size_t i = chunk; i < chunk + kAtOnce; ++i)
        any |= first[i] <= top;
      if (!any) continue;
      for (std::size_t i = chunk; i < std::min(here, chunk + kAtOnce); ++i) {
        if (first[i] > top) continue;
        const auto rest = first[i] == top ? draws() >> 8U : 0;
        if ((static_cast<std::uint64_t>(first[i]) << 56U | rest) < threshold_)
          places.push_back(begin + static_cast<std::int64_t>(i));
      }
    }
  }
  return places;
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
