#include "attacks/gradient_inversion/lbfgs_history.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace assay::attacks {

LbfgsHistory::LbfgsHistory(std::int64_t runs, std::int64_t dimensions, std::int64_t memory)
    : memory_(memory),
      s_(at::zeros({runs, 2 * memory, dimensions})),
      y_(at::zeros_like(s_)),
      r_(at::zeros({runs, 2 * memory, 2 * memory}, at::kDouble)),
      yy_(at::zeros_like(r_)),
      diagonal_(at::zeros({runs, 2 * memory}, at::kDouble)),
      h_(at::ones({runs}, at::kDouble)) {}

/// Moves the newest pairs to the front when the buffers are full.
void LbfgsHistory::make_room() {
  if (end_ < 2 * memory_) return;
  const auto from = end_ - memory_ + 1, count = memory_ - 1;
  for (auto* rows : {&s_, &y_, &diagonal_})
    rows->narrow(1, 0, count).copy_(rows->narrow(1, from, count).clone());
  for (auto* square : {&r_, &yy_}) {
    square->narrow(1, 0, count)
        .narrow(2, 0, count)
        .copy_(square->narrow(1, from, count).narrow(2, from, count).clone());
  }
  end_ = count;
}

void LbfgsHistory::store(const at::Tensor& s, const at::Tensor& y, const at::Tensor& use) {
  make_room();
  s_.select(1, end_).copy_(s);
  y_.select(1, end_).copy_(y);
  const auto curvature = (s * y).sum(1, false, at::kDouble),
             length = (y * y).sum(1, false, at::kDouble);
  h_ = at::where(use, curvature / length.clamp_min(1e-300), h_);
  diagonal_.select(1, end_).copy_(at::where(use, curvature, at::zeros({}, at::kDouble)));
  ++end_;
}

at::Tensor LbfgsHistory::direction(const at::Tensor& gradient, const at::Tensor& step,
                                   const at::Tensor& gradient_change, const at::Tensor& use) {
  const bool adds = use.any().item<bool>();
  std::vector<at::Tensor> rows = {gradient};
  if (adds) {
    const auto used = use.unsqueeze(1).to(step.dtype());
    const auto y = gradient_change * used;
    store(step * used, y, use);
    rows.push_back(y);
  }
  if (end_ == 0) return -gradient;
  const auto a = begin(), window = end_ - a;
  const auto s = s_.narrow(1, a, window), y = y_.narrow(1, a, window);
  // [g; y_newest] times all pairs: one pass over S and one over Y.
  const auto both = at::stack(rows, 1);
  const auto by_s = at::bmm(both, s.transpose(1, 2)).to(at::kDouble),
             by_y = at::bmm(both, y.transpose(1, 2)).to(at::kDouble);
  auto r = r_.narrow(1, a, window).narrow(2, a, window),
       yy = yy_.narrow(1, a, window).narrow(2, a, window);
  const auto d = diagonal_.narrow(1, a, window);
  if (adds) {
    const auto newest = window - 1;
    r.select(2, newest).copy_(by_s.select(1, 1));
    r.select(2, newest).select(1, newest).copy_(
        at::where(use, d.select(1, newest), at::ones({}, at::kDouble)));
    yy.select(2, newest).copy_(by_y.select(1, 1));
    yy.select(1, newest).copy_(by_y.select(1, 1));
  }
  // Only the upper triangle of r is read.
  const auto h = h_.view({-1, 1, 1});
  const auto sg = by_s.select(1, 0).unsqueeze(2), yg = by_y.select(1, 0).unsqueeze(2);
  const auto u = at::linalg_solve_triangular(r, sg, /*upper=*/true);
  const auto inner = d.unsqueeze(2) * u + h * at::bmm(yy, u) - h * yg;
  const auto p = at::linalg_solve_triangular(r.transpose(1, 2), inner, /*upper=*/false);
  const auto along_s = at::bmm(p.to(at::kFloat).transpose(1, 2), s).squeeze(1);
  const auto along_y = at::bmm((h * u).to(at::kFloat).transpose(1, 2), y).squeeze(1);
  return -(h_.to(at::kFloat).unsqueeze(1) * gradient + along_s - along_y);
}

void LbfgsHistory::keep(const at::Tensor& indices) {
  for (auto* tensor : {&s_, &y_, &r_, &yy_, &diagonal_, &h_})
    *tensor = tensor->index_select(0, indices);
}

}  // namespace assay::attacks
