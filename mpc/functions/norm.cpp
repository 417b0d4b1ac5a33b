#include "mpc/functions/norm.h"

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/extremes.h"
#include "mpc/functions/reciprocal.h"

namespace assay::mpc {

Secret norm_l1(Protocol& p, const Secret& x, at::IntArrayRef dims, bool keep) {
  return sum(absolute(p, x), dims, keep);
}

Secret norm_l2(Protocol& p, const Secret& x, at::IntArrayRef dims, bool keep) {
  return sqrt(p, rescale(p, sum(p.square(x), dims, keep)));
}

Secret norm_frobenius(Protocol& p, const Secret& x) {
  return norm_l2(p, reshape(x, {-1}), {0});
}

Secret norm_max(Protocol& p, const Secret& x, std::int64_t dim) {
  return max(p, absolute(p, x), dim);
}

}  // namespace assay::mpc
