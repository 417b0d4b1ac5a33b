#include "tests/mpc/security/distance.h"

#include <array>
#include <cmath>
#include <stdexcept>

namespace assay::mpc::security {
namespace {

constexpr std::size_t kGroups = 16, kValues = 16;

/// For each four bits and each subset of them, but the empty one: in how many samples it is odd,
/// less in how many it is even.
using Parities = std::array<std::array<double, kValues>, kGroups>;

Parities parities_of(const std::vector<std::uint64_t>& samples) {
  Parities out{};
  for (const auto word : samples) {
    for (std::size_t group = 0; group < kGroups; ++group)
      out[group][word >> (4 * group) & 15] -= 1;
  }
  // The Walsh-Hadamard transform of how often each value came.
  for (auto& counts : out) {
    for (std::size_t half = 1; half < kValues; half *= 2) {
      for (std::size_t i = 0; i < kValues; ++i) {
        if ((i & half) != 0) continue;
        const double a = counts[i], b = counts[i + half];
        counts[i] = a + b;
        counts[i + half] = a - b;
      }
    }
  }
  return out;
}

double at_most(double exponent) {
  return std::min(1.0, 2.0 * std::exp(-exponent));
}

}  // namespace

void Evidence::add(double p, const std::string& name) {
  ++tests_;
  if (p < smallest_) {
    smallest_ = p;
    where_ = name;
  }
}

void Evidence::add(const Evidence& other) {
  tests_ += other.tests_;
  if (other.smallest_ < smallest_) {
    smallest_ = other.smallest_;
    where_ = other.where_;
  }
}

void test_uniform(Evidence& against, const std::string& name,
                  const std::vector<std::uint64_t>& samples) {
  const auto n = static_cast<double>(samples.size());
  for (const auto& parities : parities_of(samples)) {
    for (std::size_t subset = 1; subset < kValues; ++subset) {
      const double off = parities[subset] / 2;
      against.add(at_most(2 * off * off / n), name);
    }
  }
}

void test_equal(Evidence& against, const std::string& name, const std::vector<std::uint64_t>& first,
                const std::vector<std::uint64_t>& second) {
  if (first.size() != second.size()) throw std::logic_error("expected as many of each");
  const auto n = static_cast<double>(first.size());
  const auto a = parities_of(first), b = parities_of(second);
  for (std::size_t group = 0; group < kGroups; ++group) {
    for (std::size_t subset = 1; subset < kValues; ++subset) {
      const double differ = (a[group][subset] - b[group][subset]) / 2;
      against.add(at_most(differ * differ / n), name);
    }
  }
}

}  // namespace assay::mpc::security
