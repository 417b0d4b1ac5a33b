#pragma once

#include <boost/math/distributions/chi_squared.hpp>
#include <vector>

#include "tests/catch.h"

namespace assay::dp {

/// The chance of counts as far from the expected ones as these (Pearson), of cells that each expect
/// 5 or more.
inline double chi_square_p(const std::vector<double>& seen, const std::vector<double>& expected) {
  double statistic = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    REQUIRE(expected[i] >= 5);
    statistic += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
  }
  const boost::math::chi_squared law(static_cast<double>(seen.size() - 1));
  return boost::math::cdf(boost::math::complement(law, statistic));
}

}  // namespace assay::dp
