#include "attacks/gradient_inversion/lbfgs_history.h"

#include <ATen/ATen.h>

namespace assay::attacks {

LbfgsHistory::LbfgsHistory(std::int64_t runs, std::int64_t dimensions, std::int64_t memory)
    : memory_(memory), s_(at::zeros({runs, 2 * memory, dimensions})), y_(at::zeros_like(s_)),
      sy_(at::zeros({runs, 2 * memory, 2 * memory}, at::kDouble)), yy_(at::zeros_like(sy_)),
      h_(at::ones({runs}, at::kDouble)) {}

/// Moves the newest pairs to the front when the buffers are full.
void LbfgsHistory::make_room() {
  if (end_ < 2 * memory_) return;
  const auto from = end_ - memory_ + 1, count = memory_ - 1;
  for (auto* rows : {&s_, &y_}) rows->narrow(1, 0, count).copy_(rows->narrow(1, from, count).clone());
  for (auto* square : {&sy_, &yy_}) {
    square->narrow(1, 0, count).narrow(2, 0, count)
        .copy_(square->narrow(1, from, count).narrow(2, from, count).clone());
  }
  end_ = count;
}

void LbfgsHistory::add(const at::Tensor& step, const at::Tensor& gradient_change, const at::Tensor& use) {
  if (!use.any().item<bool>()) return;
  make_room();
  const auto used = use.unsqueeze(1).to(step.dtype());
  const auto s = step * used, y = gradient_change * used;
  s_.select(1, end_).copy_(s);
  y_.select(1, end_).copy_(y);
  const auto curvature = (s * y).sum(1, false, at::kDouble), length = (y * y).sum(1, false, at::kDouble);
  h_ = at::where(use, curvature / length.clamp_min(1e-300), h_);
  const auto newest = end_++;
  const auto window = end_ - begin();
  const auto y_column = y.unsqueeze(2);
  const auto sy = at::bmm(s_.narrow(1, begin(), window), y_column).to(at::kDouble).squeeze(2);
  const auto yy = at::bmm(y_.narrow(1, begin(), window), y_column).to(at::kDouble).squeeze(2);
  sy_.select(2, newest).narrow(1, begin(), window).copy_(sy);
  yy_.select(2, newest).narrow(1, begin(), window).copy_(yy);
  yy_.select(1, newest).narrow(1, begin(), window).copy_(yy);
}

at::Tensor LbfgsHistory::direction(const at::Tensor& gradient) const {
  if (end_ == 0) return -gradient;
  const auto a = begin(), window = end_ - a;
  const auto s = s_.narrow(1, a, window), y = y_.narrow(1, a, window);
  const auto g = gradient.unsqueeze(2);
  const auto sg = at::bmm(s, g).to(at::kDouble), yg = at::bmm(y, g).to(at::kDouble);
  auto r = sy_.narrow(1, a, window).narrow(2, a, window).triu();
  const auto diagonal = r.diagonal(0, 1, 2);
  // A skipped pair is a row and column of zeros: 1 on the diagonal makes it solve to 0.
  r = r + at::diag_embed(diagonal.eq(0).to(at::kDouble));
  const auto d = diagonal.unsqueeze(2);
  const auto h = h_.view({-1, 1, 1});
  const auto u = at::linalg_solve_triangular(r, sg, /*upper=*/true);
  const auto inner = d * u + h * at::bmm(yy_.narrow(1, a, window).narrow(2, a, window), u) - h * yg;
  const auto p = at::linalg_solve_triangular(r.transpose(1, 2), inner, /*upper=*/false);
  const auto along_s = at::bmm(p.to(at::kFloat).transpose(1, 2), s).squeeze(1);
  const auto along_y = at::bmm((h * u).to(at::kFloat).transpose(1, 2), y).squeeze(1);
  return -(h_.to(at::kFloat).unsqueeze(1) * gradient + along_s - along_y);
}

void LbfgsHistory::keep(const at::Tensor& indices) {
  for (auto* tensor : {&s_, &y_, &sy_, &yy_, &h_}) *tensor = tensor->index_select(0, indices);
}

}  // namespace assay::attacks
