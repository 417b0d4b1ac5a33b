#include "dp/noise/correlated/power_series.h"

#include <algorithm>
#include <numeric>

namespace assay::dp {

Series divided(const Series& numerator, const Series& denominator, std::int64_t terms) {
  Series out(static_cast<std::size_t>(terms));
  for (std::size_t t = 0; t < out.size(); ++t) {
    double value = t < numerator.size() ? numerator[t] : 0.0;
    const auto reach = std::min(t, denominator.size() - 1);
    for (std::size_t j = 1; j <= reach; ++j)
      value -= denominator[j] * out[t - j];
    out[t] = value / denominator[0];
  }
  return out;
}

Series inverse(const Series& denominator, std::int64_t terms) {
  return divided({1.0}, denominator, terms);
}

Series prefix_sums(Series series) {
  std::partial_sum(series.begin(), series.end(), series.begin());
  return series;
}

}  // namespace assay::dp
