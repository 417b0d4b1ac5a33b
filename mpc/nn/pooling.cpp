#include "mpc/nn/pooling.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/functions/extremes.h"
#include "mpc/nn/elementary.h"
#include "mpc/nn/rescaling.h"
#include "mpc/nn/shapes.h"
#include "mpc/shapes.h"

namespace assay::mpc::nn {
namespace {

/// The linear map from pictures to their windows, and its adjoint.
class Windows {
 public:
  Windows(at::IntArrayRef sizes, std::int64_t kernel, std::int64_t stride, std::int64_t padding)
      : sizes_(sizes.vec()), kernel_(kernel), stride_(stride), padding_(padding) {
    if (sizes.size() != 4 || kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel ||
        sizes[2] + 2 * padding < kernel || sizes[3] + 2 * padding < kernel) {
      throw std::invalid_argument(fmt::format(
          "expected [N, C, H, W] for windows of {0} x {0}, a stride of {1} >= 1 and a padding of "
          "{2}, got [{3}]",
          kernel, stride, padding, fmt::join(sizes, ", ")));
    }
    sizes_[2] += 2 * padding;
    sizes_[3] += 2 * padding;
  }

  std::int64_t area() const { return kernel_ * kernel_; }

  /// [N, C, H, W] -> [N, C, H', W', kernel^2], rows first; zeros around.
  Secret of(const Secret& pictures) const {
    return map(padded(pictures), [&](const at::Tensor& t) { return cut(t, 2); });
  }
  /// The same, with numbers around that are smaller than all others.
  Secret of_larger(Protocol& p, const Secret& pictures) const {
    if (padding_ == 0) return of(pictures);
    auto around = at::full({sizes_[2], sizes_[3]}, kLeast, at::kLong);
    around.narrow(0, padding_, sizes_[2] - 2 * padding_)
        .narrow(1, padding_, sizes_[3] - 2 * padding_)
        .zero_();
    const auto all = p.add_public(padded(pictures), around);
    return map(all, [&](const at::Tensor& t) { return cut(t, 2); });
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
          .reshape(sizes_)
          .narrow(2, padding_, sizes_[2] - 2 * padding_)
          .narrow(3, padding_, sizes_[3] - 2 * padding_);
    });
  }

 private:
  /// Differences of two numbers below 2^60 and this one stay within what comparisons take.
  static constexpr std::int64_t kLeast = -(std::int64_t{1} << 60);

  Secret padded(const Secret& pictures) const {
    return padding_ == 0 ? pictures : pad(pictures, {padding_, padding_, padding_, padding_});
  }
  at::Tensor cut(const at::Tensor& t, std::int64_t dim) const {
    return t.unfold(dim, kernel_, stride_).unfold(dim + 1, kernel_, stride_).flatten(-2);
  }

  std::vector<std::int64_t> sizes_;
  std::int64_t kernel_, stride_, padding_;
};

/// A last dimension of size 1.
Secret column(const Secret& x) {
  return map(x, [](const at::Tensor& t) { return t.unsqueeze(-1); });
}

}  // namespace

Variable average_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride,
                      std::int64_t padding) {
  const Windows windows(x.sizes(), kernel, stride, padding);
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

Variable max_pool(Protocol& p, const Variable& x, std::int64_t kernel, std::int64_t stride,
                  std::int64_t padding) {
  const Windows windows(x.sizes(), kernel, stride, padding);
  const auto largest = max_with_index(p, windows.of_larger(p, x.value()), 4);
  return {largest.value,
          {x},
          [windows, place = largest.one_hot](Protocol& q, const Secret& g, const Needed&) {
            // Overlapping windows are added up before the message.
            return Flow{q.settle(windows.back(q.product(elementwise(), column(g), place)))};
          }};
}

Secret max_pool(Protocol& p, const Secret& x, std::int64_t kernel, std::int64_t stride,
                std::int64_t padding) {
  return max(p, Windows(x.sizes(), kernel, stride, padding).of_larger(p, x), 4);
}

Variable global_average_pool(Protocol& p, const Variable& x) {
  if (x.dim() < 3) {
    throw std::invalid_argument(fmt::format("global_average_pool: expected [N, C, ...], got [{}]",
                                            fmt::join(x.sizes(), ", ")));
  }
  return mean(p, reshape(x, {x.size(0), x.size(1), -1}), {2});
}

}  // namespace assay::mpc::nn
