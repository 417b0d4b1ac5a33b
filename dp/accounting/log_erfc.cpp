#include "dp/accounting/log_erfc.h"

#include <cmath>
#include <numbers>

namespace assay::dp {

long double log_erfc(long double x) {
  if (x < 50.0L) return std::log(std::erfc(x));
  // Abramowitz and Stegun 7.1.23: sqrt(pi) x e^(x^2) erfc(x) = 1 - 1/2x^2 + 3/4x^4 - 15/8x^6 + ...
  const long double r = 1.0L / (2.0L * x * x);
  const long double series = -r * (1.0L - 3.0L * r * (1.0L - 5.0L * r * (1.0L - 7.0L * r)));
  return -x * x - std::log(x / std::numbers::inv_sqrtpi_v<long double>) + std::log1p(series);
}

}  // namespace assay::dp
