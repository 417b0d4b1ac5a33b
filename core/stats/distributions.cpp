#include "core/stats/distributions.h"

#include <fmt/core.h>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace assay::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void require_probability(double probability) {
  if (!(probability >= 0.0 && probability <= 1.0)) {
    throw std::invalid_argument(
        fmt::format("expected a probability between 0 and 1, got {}", probability));
  }
}

void require_number(double statistic) {
  if (std::isnan(statistic)) throw std::invalid_argument("expected a statistic, got NaN");
}

void require_positive(const char* name, double value) {
  if (!(value > 0.0)) {
    throw std::invalid_argument(fmt::format("expected {} > 0, got {}", name, value));
  }
}

}  // namespace

double normal_quantile(double probability) {
  require_probability(probability);
  if (probability == 0.0) return -kInfinity;
  if (probability == 1.0) return kInfinity;
  return boost::math::quantile(boost::math::normal(), probability);
}

double normal_upper_tail(double z) {
  require_number(z);
  if (std::isinf(z)) return z > 0 ? 0.0 : 1.0;
  return boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

double t_quantile(double probability, double degrees_of_freedom) {
  require_probability(probability);
  require_positive("degrees of freedom", degrees_of_freedom);
  if (probability == 0.0) return -kInfinity;
  if (probability == 1.0) return kInfinity;
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), probability);
}

double t_upper_tail(double t, double degrees_of_freedom) {
  require_number(t);
  require_positive("degrees of freedom", degrees_of_freedom);
  if (std::isinf(t)) return t > 0 ? 0.0 : 1.0;
  return boost::math::cdf(boost::math::complement(boost::math::students_t(degrees_of_freedom), t));
}

double beta_quantile(double probability, double a, double b) {
  require_probability(probability);
  require_positive("a", a);
  require_positive("b", b);
  return boost::math::quantile(boost::math::beta_distribution<>(a, b), probability);
}

double binomial_upper_tail(std::int64_t x, std::int64_t n, double p) {
  require_probability(p);
  if (n < 0) throw std::invalid_argument(fmt::format("expected n >= 0, got {}", n));
  if (x <= 0) return 1.0;
  if (x > n) return 0.0;
  // P(X >= x) = I_p(x, n - x + 1)
  return boost::math::ibeta(static_cast<double>(x), static_cast<double>(n - x + 1), p);
}

}  // namespace assay::stats
