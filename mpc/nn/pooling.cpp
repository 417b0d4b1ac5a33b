#include "mpc/nn/pooling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/functions/extremes.h"
#include "mpc/nn/rescaling.h"

namespace assay::mpc::nn {
namespace {

/// The linear map from pictures to their windows, and its adjoint.
class Windows {
 public:
  Windows(at::IntArrayRef sizes, std::int64_t kernel, std::int64_t stride)
      : sizes_(sizes.vec()), kernel_(kernel), stride_(stride) {
    if (sizes.size() != 4 || kernel < 1 || stride < 1 || sizes[2] < kernel || sizes[3] < kernel) {
      throw std::invalid_argument(fmt::format(
          "expected [N, C, H, W] for windows of {0} x {0} and a stride of {1} >= 1, got [{2}]",
          kernel, stride, fmt::join(sizes, ", ")));
    }
  }

  std::int64_t area() const { return kernel_ * kernel_; }

  /// [N, C, H, W] -> [N, C, H', W', kernel^2], rows first.
  template <class T>
  T of(const T& pictures) const {
    return map(pictures, [&](const at::Tensor& t) { return cut(t, 2); });
  }

  /// Every entry of a window added where it was taken from.
  template <class T>
  T back(const T& windows) const {
    const auto places =
        cut(at::arange(sizes_[2] * sizes_[3], at::kLong).view({sizes_[2], sizes_[3]}), 0)
            .reshape({-1});
    return map(windows, [&](const at::Tensor& t) {
      return at::zeros({sizes_[0] * sizes_[1], sizes_[2] * sizes_[3]}, t.options())
          .index_add_(1, places, t.reshape({sizes_[0] * sizes_[1], places.numel()}))
          .reshape(sizes_);
    });
  }

 private:
  at::Tensor cut(const at::Tensor& t, std::int64_t dim) const {
    return t.unfold(dim, kernel_, stride_).unfold(dim + 1, kernel_, stride_).flatten(-2);
  }

  std::vector<std::int64_t> sizes_;
  std::int64_t kernel_, stride_;
};

/// A last dimension of size 1.
Secret column(const Secret& x) {
  return map(x, [](const at::Tensor& t) { return t.unsqueeze(-1); });
}

}  // namespace

Variable average_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride) {
  const Windows windows(x.sizes(), kernel, stride);
  const double share = 1.0 / static_cast<double>(windows.area());
  return {scale_finely(p, sum(windows.of(x.value()), {-1}), share),
          {x},
          [windows, share](Protocol& q, const Secret& g, const Needed&) {
            const auto each = column(scale_finely(q, g, share));
            auto sizes = each.sizes().vec();
            sizes.back() = windows.area();
            return Flow{windows.back(expand(each, sizes))};
          }};
}

Variable max_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride) {
  const Windows windows(x.sizes(), kernel, stride);
  const auto largest = max_with_index(p, windows.of(x.value()), 4);
  return {largest.value,
          {x},
          [windows, place = largest.one_hot](Protocol& q, const Secret& g, const Needed&) {
            // Overlapping windows are added up before the message.
            return Flow{q.settle(windows.back(q.product(elementwise(), column(g), place)))};
          }};
}

Secret max_pool(Protocol& p, const Secret& x, std::int64_t kernel, std::int64_t stride) {
  return max(p, Windows(x.sizes(), kernel, stride).of(x), 4);
}

}  // namespace assay::mpc::nn
