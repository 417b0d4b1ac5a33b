#include "attacks/membership/perturbation.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/where.h>

#include <cmath>

namespace assay::attacks {
namespace {

constexpr double kPixelsPerScale = 10.0;

bool is_pictures(const at::Tensor& records) {
  return records.dim() == 4;
}

}  // namespace

Perturbation::Perturbation(at::Tensor records, double low, double high)
    : records_(std::move(records)), low_(low), high_(high) {
  if (!is_pictures(records_))
    binary_ = (records_.eq(low_) | records_.eq(high_)).all(0, /*keepdim=*/true);
}

at::Tensor Perturbation::draw(double scale, Stream& stream) const {
  const double range = high_ - low_;
  const auto noise = stream.normal(records_.sizes(), 0.0, scale * range);
  if (is_pictures(records_)) return (shifted(scale, stream) + noise).clamp(low_, high_);
  const auto turned = stream.uniform(records_.sizes(), 0.0, 1.0) < scale;
  const auto answers = at::where(turned, low_ + high_ - records_, records_);
  return at::where(binary_, answers, (records_ + noise).clamp(low_, high_));
}

at::Tensor Perturbation::shifted(double scale, Stream& stream) const {
  const auto most = std::llround(kPixelsPerScale * scale);
  const auto down = stream.below(2 * most + 1), right = stream.below(2 * most + 1);
  if (most == 0) return records_;
  return at::replication_pad2d(records_, {most, most, most, most})
      .narrow(2, down, records_.size(2))
      .narrow(3, right, records_.size(3));
}

}  // namespace assay::attacks
