#include "mpc/nn/dropout.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <stdexcept>

#include "mpc/nn/rescaling.h"
#include "mpc/shapes.h"

namespace assay::mpc::nn {
namespace {

/// 1 with chance 1 - rate, else 0; to 2^-64.
at::Tensor draw_kept(Csprng& random, at::IntArrayRef sizes, double rate) {
  auto kept = at::empty(sizes, at::kLong);
  auto* to = kept.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < kept.numel(); ++i)
    to[i] = static_cast<double>(random()) * 0x1p-64 >= rate ? 1 : 0;
  return kept;
}

}  // namespace

Variable dropout(Protocol& p, const Variable& x, double rate, Csprng& common, bool whole_channels) {
  if (!(rate >= 0.0 && rate < 1.0))
    throw std::invalid_argument(fmt::format("dropout: expected a rate in [0, 1), got {}", rate));
  auto sizes = x.sizes().vec();
  if (whole_channels) {
    if (x.dim() < 3)
      throw std::invalid_argument("dropout: expected [N, C, ...] to drop whole channels");
    std::fill(sizes.begin() + 2, sizes.end(), 1);
  }
  const auto kept = draw_kept(common, sizes, rate);
  const auto thin = [kept, rate](Protocol& q, const Secret& v) {
    return scale_finely(q, times(v, kept), 1.0 / (1.0 - rate));
  };
  return {thin(p, x.value()), {x}, [thin](Protocol& q, const Secret& g, const Needed&) {
            return Flow{thin(q, g)};
          }};
}

}  // namespace assay::mpc::nn
