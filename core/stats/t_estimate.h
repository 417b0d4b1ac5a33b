#pragma once

namespace assay::stats {

/// A mean, or a difference of means, with its standard error: what Student's t turns into bounds
/// and p-values. The standard error is 0 where all values agree.
struct TEstimate {
  double value = 0.0;
  double standard_error = 0.0;
  double degrees_of_freedom = 1.0;
};

/// One-sided bounds. With a standard error of 0 they are the estimate itself.
double t_lower(const TEstimate& estimate, double confidence);
double t_upper(const TEstimate& estimate, double confidence);

/// One-sided p-value of H0: the true value is at most `delta`. Small where the estimate lies above.
///
/// p <= 1 - c is the same decision as t_lower at confidence c >= delta, but for an estimate without
/// spread: p is 0 above `delta`, and 1 at or below it. What rounding alone can make (1e-12, or that
/// share of larger numbers) counts as no spread, and as equal to `delta`: five seeds that all
/// worsened by exactly the tolerance are within it.
double t_p_value(const TEstimate& estimate, double delta);

}  // namespace assay::stats
