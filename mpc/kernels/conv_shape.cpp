#include "mpc/kernels/conv_shape.h"

#include <fmt/core.h>

#include <stdexcept>
#include <utility>

namespace assay::mpc {

void ConvShape::validate() const {
  for (const auto& [name, value] :
       {std::pair{"batch", batch}, {"pad_h", pad_h}, {"pad_w", pad_w}}) {
    if (value < 0)
      throw std::invalid_argument(fmt::format("expected {} >= 0, got {}", name, value));
  }
  for (const auto& [name, value] : {std::pair{"in_channels", in_channels},
                                    {"height", height},
                                    {"width", width},
                                    {"out_channels", out_channels},
                                    {"kernel_h", kernel_h},
                                    {"kernel_w", kernel_w},
                                    {"stride_h", stride_h},
                                    {"stride_w", stride_w},
                                    {"dilation_h", dilation_h},
                                    {"dilation_w", dilation_w},
                                    {"groups", groups}}) {
    if (value < 1)
      throw std::invalid_argument(fmt::format("expected {} >= 1, got {}", name, value));
  }
  if (in_channels % groups != 0 || out_channels % groups != 0) {
    throw std::invalid_argument(
        fmt::format("expected channels in multiples of the groups, got {} in, {} out, {} groups",
                    in_channels, out_channels, groups));
  }
  const std::int64_t extent_h = dilation_h * (kernel_h - 1) + 1;
  const std::int64_t extent_w = dilation_w * (kernel_w - 1) + 1;
  if (extent_h > height + 2 * pad_h || extent_w > width + 2 * pad_w) {
    throw std::invalid_argument(
        fmt::format("expected a kernel within the padded input of {} x {}, got {} x {}",
                    height + 2 * pad_h, width + 2 * pad_w, extent_h, extent_w));
  }
}

}  // namespace assay::mpc
