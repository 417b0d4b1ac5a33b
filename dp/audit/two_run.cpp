#include "dp/audit/two_run.h"

#include <algorithm>
#include <cmath>

#include "core/stats/clopper_pearson.h"
#include "core/stats/distributions.h"
#include "core/stats/rate.h"
#include "dp/accounting/gdp.h"
#include "dp/audit/require.h"

namespace assay::dp {
namespace {

/// What the rates of mistakes are at most, both at once with probability 1 - alpha.
struct Upper {
  double fnr, fpr;

  Upper(const TwoRun& counts, double alpha)
      : fnr(stats::clopper_pearson_upper(counts.false_negatives, counts.with, 1.0 - alpha / 2)),
        fpr(stats::clopper_pearson_upper(counts.false_positives, counts.without, 1.0 - alpha / 2)) {
  }
};

double one_direction(double missed, double called, double delta) {
  const double power = 1.0 - missed - delta;
  return power > 0.0 ? std::log(power / called) : 0.0;
}

}  // namespace

void TwoRun::validate() const {
  stats::require_rate({false_negatives, with});
  stats::require_rate({false_positives, without});
}

double two_run_epsilon(const TwoRun& counts, double delta, double alpha) {
  counts.validate();
  require_test(delta, alpha);
  const Upper upper(counts, alpha);
  return std::max({0.0, one_direction(upper.fnr, upper.fpr, delta),
                   one_direction(upper.fpr, upper.fnr, delta)});
}

double two_run_ceiling(std::int64_t trainings, double delta, double alpha) {
  return two_run_epsilon({0, trainings, 0, trainings}, delta, alpha);
}

double two_run_gaussian_estimate(const TwoRun& counts, double delta, double alpha) {
  counts.validate();
  require_test(delta, alpha);
  const Upper upper(counts, alpha);
  const double mu = stats::normal_quantile(1.0 - upper.fpr) - stats::normal_quantile(upper.fnr);
  return mu > 0.0 ? gdp_epsilon(mu, delta) : 0.0;
}

}  // namespace assay::dp
