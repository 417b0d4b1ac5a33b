#pragma once

#include <cstdint>

namespace assay::mpc {

/// A 2-D convolution (cross-correlation, as in neural networks). 1-D is height 1.
///
/// Arrays are contiguous, the last index fastest:
///   input   [batch, in_channels, height, width]
///   weight  [out_channels, in_channels / groups, kernel_h, kernel_w]
///   output  [batch, out_channels, out_h, out_w]
struct ConvShape {
  std::int64_t batch = 1;
  std::int64_t in_channels = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t out_channels = 1;
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t stride_h = 1;
  std::int64_t stride_w = 1;
  std::int64_t pad_h = 0;  ///< zeros on either side
  std::int64_t pad_w = 0;
  std::int64_t dilation_h = 1;
  std::int64_t dilation_w = 1;
  std::int64_t groups = 1;

  std::int64_t out_h() const {
    return (height + 2 * pad_h - dilation_h * (kernel_h - 1) - 1) / stride_h + 1;
  }
  std::int64_t out_w() const {
    return (width + 2 * pad_w - dilation_w * (kernel_w - 1) - 1) / stride_w + 1;
  }
  std::int64_t input_words() const { return batch * in_channels * height * width; }
  std::int64_t weight_words() const {
    return out_channels * (in_channels / groups) * kernel_h * kernel_w;
  }
  std::int64_t output_words() const { return batch * out_channels * out_h() * out_w(); }

  /// Errors: std::invalid_argument if the batch or a padding is negative, another number is not
  /// positive, the groups do not divide the channels, or the kernel is larger than the padded
  /// input.
  void validate() const;
};

}  // namespace assay::mpc
