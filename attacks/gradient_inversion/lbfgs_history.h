#pragma once

#include <ATen/core/Tensor.h>

namespace assay::attacks {

/// The curvature pairs of many L-BFGS runs side by side, and the directions they give.
///
/// The compact form (Byrd, Nocedal, Schnabel, 1994, theorem 2.2): with S, Y the last m steps and
/// gradient changes, R the upper triangle of S'Y, D its diagonal, h = s'y / y'y of the newest pair,
///
///   H g = h g + [S  hY] [ R^-T (D + h Y'Y) R^-1   -R^-T ] [ S' g ]
///                       [ -R^-1                     0   ] [ hY' g ]
///
/// Equal to the two-loop recursion, but in a few matrix products over all runs instead of 4m vector
/// operations. The small matrices are kept in double precision.
/// Memory: 4 m dimensions floats per run.
class LbfgsHistory {
 public:
  LbfgsHistory(std::int64_t runs, std::int64_t dimensions, std::int64_t memory);

  /// -H g of every run [runs, dimensions], after the pairs of the runs in `use` [runs] were added;
  /// the other runs keep their pairs. One call, because both need products with every pair.
  at::Tensor direction(const at::Tensor& gradient, const at::Tensor& step,
                       const at::Tensor& gradient_change, const at::Tensor& use);

  /// Keeps the runs at `indices` only.
  void keep(const at::Tensor& indices);

 private:
  std::int64_t memory_, end_ = 0;  // pairs lie at [begin(), end_) of buffers twice as long
  std::int64_t begin() const { return end_ > memory_ ? end_ - memory_ : 0; }
  void make_room();

  void store(const at::Tensor& step, const at::Tensor& gradient_change, const at::Tensor& use);

  at::Tensor s_, y_;  // [runs, 2m, dimensions]; a run that skipped a pair has zeros there
  at::Tensor r_,
      yy_;  // [runs, 2m, 2m] double: s_i' y_j for i <= j (1 for a skipped s_i' y_i), y_i' y_j
  at::Tensor diagonal_;  // [runs, 2m] double: s_i' y_i; 0 for a skipped pair
  at::Tensor h_;         // [runs] double
};

}  // namespace assay::attacks
