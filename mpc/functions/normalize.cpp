#include "mpc/functions/normalize.h"

#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"

namespace assay::mpc {
namespace {

/// A factor for each threshold, in front of the dimensions of x.
at::Tensor in_front(const std::vector<std::int64_t>& values, std::size_t dims) {
  std::vector<std::int64_t> shape(dims + 1, 1);
  shape[0] = static_cast<std::int64_t>(values.size());
  return at::tensor(values, at::kLong).reshape(shape);
}

}  // namespace

Normalized::Normalized(Protocol& p, const Secret& x, int lowest, int highest)
    : lowest_(lowest),
      highest_(highest),
      bits_(std::min(24, 60 - 2 * x.fraction_bits)),
      sizes_(x.sizes().vec()) {
  const int f = x.fraction_bits;
  if (2 * lowest < -f || lowest > highest || 2 * highest > 62 - 2 * f) {
    throw std::invalid_argument(
        fmt::format("normalize: expected powers of four between {} and {}, got {} to {}", -f / 2,
                    (62 - 2 * f) / 2, lowest, highest));
  }
  std::vector<std::int64_t> thresholds, all = sizes_;
  for (int j = lowest + 1; j <= highest; ++j)
    thresholds.push_back(std::int64_t{1} << (2 * j + f));
  if (!thresholds.empty()) {
    all.insert(all.begin(), static_cast<std::int64_t>(thresholds.size()));
    const auto above = p.add_public(expand(x, all), -in_front(thresholds, sizes_.size()));
    reached_ = p.to_number(p.negation(p.is_negative(above)), 0);
  }
  // x 4^(highest - j) has its top bits at one place for all j.
  auto aligned = p.product(
      elementwise(), x, choose(p, [&](int j) { return std::int64_t{1} << (2 * (highest - j)); }));
  aligned.fraction_bits = f + 2 * highest;  // as a number in [1, 4)
  const int surplus = aligned.fraction_bits - bits_;
  mantissa_ =
      surplus > 0
          ? p.truncate(aligned, surplus)
          : p.settle(times(aligned, at::scalar_tensor(std::int64_t{1} << -surplus, at::kLong)));
  mantissa_.fraction_bits = bits_;
}

Normalized::Normalized(Protocol& p, const Secret& x)
    : Normalized(p, x, -(x.fraction_bits / 2), (62 - 2 * x.fraction_bits) / 2 - 1) {}

Secret Normalized::centered(Protocol& p) const {
  Product scaled{times(mantissa_, at::scalar_tensor(encode(2.0 / 3.0, 24), at::kLong))};
  scaled.fraction_bits += 24;
  return add(p, p.truncate(scaled, 24), -5.0 / 3.0);
}

Secret Normalized::choose(Protocol& p, const std::function<std::int64_t(int j)>& value) const {
  const auto least = p.constant(at::full(sizes_, value(lowest_), at::kLong), 0);
  std::vector<std::int64_t> steps;
  for (int j = lowest_ + 1; j <= highest_; ++j)
    steps.push_back(value(j) - value(j - 1));
  if (steps.empty()) return least;
  return add(least, sum(times(reached_, in_front(steps, sizes_.size())), {0}));
}

}  // namespace assay::mpc
