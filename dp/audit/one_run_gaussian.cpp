#include "dp/audit/one_run_gaussian.h"

#include <algorithm>
#include <cmath>

#include "core/stats/distributions.h"
#include "dp/accounting/gdp.h"
#include "dp/accounting/require.h"
#include "dp/audit/largest_refuted.h"
#include "dp/audit/require.h"

namespace assay::dp {
namespace {

/// mu of the Gaussian mechanism whose delta at epsilon is this. delta grows with mu.
double mu_of(double epsilon, double delta) {
  double low = 0.0, high = 1.0;
  while (gdp_delta(high, epsilon) < delta)
    low = high, high *= 2.0;
  for (int i = 0; i < 100 && high - low > 1e-12 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (gdp_delta(middle, epsilon) < delta ? low : high) = middle;
  }
  return high;  // the more private claim would be refuted too easily
}

}  // namespace

bool one_run_refutes_gaussian(const OneRun& c, double epsilon, double delta, double alpha) {
  c.validate();
  require_epsilon(epsilon);
  require_delta(delta);
  require_test(delta, alpha);
  if (c.guesses == 0) return false;
  const double mu = mu_of(epsilon, delta);
  const auto m = static_cast<double>(c.canaries), k = static_cast<double>(c.guesses);
  double r = alpha * static_cast<double>(c.correct) / m;
  double h = alpha * static_cast<double>(c.guesses - c.correct) / m;
  for (auto i = c.correct - 1; i >= 0; --i) {
    const double next = std::max(h, 1.0 - stats::normal_upper_tail(stats::normal_quantile(r) - mu));
    if (next == h) break;  // nor will it change later
    const auto right = static_cast<double>(i);
    r = std::min(1.0, r + right / (k - right) * (next - h));
    h = next;
  }
  return r + h > k / m;
}

double one_run_gaussian_epsilon(const OneRun& counts, double delta, double alpha) {
  return largest_refuted(
      [&](double epsilon) { return one_run_refutes_gaussian(counts, epsilon, delta, alpha); });
}

}  // namespace assay::dp
