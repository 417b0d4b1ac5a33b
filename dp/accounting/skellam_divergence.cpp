#include "dp/accounting/skellam_divergence.h"

#include <algorithm>

namespace assay::dp {

double skellam_divergence(const StepSensitivity& shift, double variance, std::int64_t order) {
  const double alpha = static_cast<double>(order), mu = variance;
  const double square = shift.l2 * shift.l2;
  return alpha * square / (2.0 * mu) +
         std::min(((2.0 * alpha - 1.0) * square + 6.0 * shift.l1) / (4.0 * mu * mu),
                  3.0 * shift.l1 / (2.0 * mu));
}

}  // namespace assay::dp
