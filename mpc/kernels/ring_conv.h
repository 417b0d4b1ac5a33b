#pragma once

#include <cstdint>
#include <span>

#include "mpc/kernels/conv_shape.h"

namespace assay::mpc {

/// Convolution modulo 2^64 and its two transposes, on the calling thread:
///
///   output[n, o, y, x] = sum over c, i, j of
///       weight[o, c, i, j] input[n, c0 + c, y stride_h - pad_h + i dilation_h,
///                                           x stride_w - pad_w + j dilation_w]
/// with c0 the first channel of o's group, and 0 outside the input.
///
/// Every function overwrites its last argument, which overlaps none of the others.
/// Cost:    output_words() * weight_words() / out_channels multiply-adds each, through ring_matmul
///          on the images' patches as columns ("im2col"): a block of at most 2 MiB or 256 columns
///          at a time, part of an image or several images, in memory that the thread keeps.
/// Errors:  std::invalid_argument from shape.validate(), or if a span's size is not that of the
///          shape.
void ring_conv2d(const ConvShape& shape, std::span<const std::uint64_t> input,
                 std::span<const std::uint64_t> weight, std::span<std::uint64_t> output);

/// The transpose in the input: <ring_conv2d(x, w), g> = <x, grad_input> for every x.
void ring_conv2d_input_gradient(const ConvShape& shape, std::span<const std::uint64_t> grad_output,
                                std::span<const std::uint64_t> weight,
                                std::span<std::uint64_t> grad_input);

/// The transpose in the weight: <ring_conv2d(x, w), g> = <w, grad_weight> for every w.
void ring_conv2d_weight_gradient(const ConvShape& shape, std::span<const std::uint64_t> input,
                                 std::span<const std::uint64_t> grad_output,
                                 std::span<std::uint64_t> grad_weight);

}  // namespace assay::mpc
