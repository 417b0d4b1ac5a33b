#include "attacks/ridge.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>

namespace assay::attacks {

at::Tensor ridge(const at::Tensor& x, const at::Tensor& t, double lambda) {
  const auto gram = [&](const at::Tensor& a) {
    return a.matmul(a.t()) + lambda * at::eye(a.size(0), at::kDouble);
  };
  if (x.size(1) <= x.size(0)) return at::linalg_solve(gram(x.t()), x.t().matmul(t));
  return x.t().matmul(at::linalg_solve(gram(x), t));
}

}  // namespace assay::attacks
