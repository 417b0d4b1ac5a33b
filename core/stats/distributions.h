#pragma once

#include <cstdint>

namespace assay::stats {

/// Quantiles and tails of the textbook distributions, from Boost.Math. Probabilities may be 0 and
/// 1; statistics may be infinite (a standard error of 0). NaN is std::invalid_argument everywhere.

double normal_quantile(double probability);
/// P(Z > z).
double normal_upper_tail(double z);

/// Student's t; degrees of freedom > 0, not necessarily whole (Welch).
double t_quantile(double probability, double degrees_of_freedom);
/// P(T > t).
double t_upper_tail(double t, double degrees_of_freedom);

/// Beta(a, b); a, b > 0.
double beta_quantile(double probability, double a, double b);

/// P(X >= x) for X ~ Binomial(n, p).
double binomial_upper_tail(std::int64_t x, std::int64_t n, double p);

}  // namespace assay::stats
