#include "mpc/functions/softmax.h"

#include <cmath>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/extremes.h"
#include "mpc/functions/reciprocal.h"

namespace assay::mpc {
namespace {

Secret unsqueeze(const Secret& x, std::int64_t dim) {
  return map(x, [&](const at::Tensor& part) { return part.unsqueeze(dim); });
}

/// x minus its largest entry: the exponentials lie in [0, 1], and one of them is 1.
Secret shifted(Protocol& p, const Secret& x, std::int64_t dim) {
  return subtract(x, unsqueeze(max(p, x, dim), dim));
}

}  // namespace

Secret softmax(Protocol& p, const Secret& x, std::int64_t dim) {
  const auto e = exp(p, shifted(p, x, dim), 0.0);
  // The sum lies between 1 and K, a little less for rounding.
  const int highest = static_cast<int>(std::log2(static_cast<double>(x.size(dim)) + 0.5) / 2);
  const auto w = reciprocal_of_positive(p, sum(e, {dim}, true), -1, highest);
  return multiply(p, e, w);
}

Secret log_softmax(Protocol& p, const Secret& x, std::int64_t dim) {
  const auto low = shifted(p, x, dim);
  return subtract(low, log(p, sum(exp(p, low, 0.0), {dim}, true)));
}

}  // namespace assay::mpc
