#include "tests/mpc/security/distance.h"

#include <array>
#include <boost/math/distributions/chi_squared.hpp>
#include <stdexcept>

namespace assay::mpc::security {
namespace {

constexpr int kGroups = 16, kValues = 16;

std::array<std::array<double, kValues>, kGroups> count(const std::vector<std::uint64_t>& samples) {
  std::array<std::array<double, kValues>, kGroups> counts{};
  for (const auto word : samples) {
    for (int group = 0; group < kGroups; ++group)
      counts[static_cast<std::size_t>(group)][word >> (4 * group) & 15] += 1;
  }
  return counts;
}

double p_of(double statistic, int degrees) {
  if (degrees < 1) return 1.0;
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(degrees), statistic));
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
  const double expected = static_cast<double>(samples.size()) / kValues;
  for (const auto& counts : count(samples)) {
    double statistic = 0;
    for (const double n : counts)
      statistic += (n - expected) * (n - expected) / expected;
    against.add(p_of(statistic, kValues - 1), name);
  }
}

void test_equal(Evidence& against, const std::string& name, const std::vector<std::uint64_t>& first,
                const std::vector<std::uint64_t>& second) {
  if (first.size() != second.size()) throw std::logic_error("expected as many of each");
  const auto a = count(first), b = count(second);
  for (std::size_t group = 0; group < kGroups; ++group) {
    double statistic = 0;
    int seen = 0;
    for (std::size_t value = 0; value < kValues; ++value) {
      const double x = a[group][value], y = b[group][value];
      if (x + y == 0) continue;
      ++seen;
      statistic += (x - y) * (x - y) / (x + y);
    }
    against.add(p_of(statistic, seen - 1), name);
  }
}

}  // namespace assay::mpc::security
