#pragma once

#include <cstdint>
#include <vector>

namespace assay {

/// Plain tensor operations as layers. Dimensions are those of one example, from 0.

/// Square pooling, [channels, height, width]; GlobalAvgPool: [channels, ...] -> [channels].
struct GlobalAvgPool {
  bool operator==(const GlobalAvgPool&) const = default;
};

/// The gradient of Conv2d with respect to its input: [in, H, W] -> [out, H', W'], with H' = (H - 1)
/// stride - 2 padding + kernel + output_padding. Parameters: weight [in, out, kernel, kernel], bias
/// [out].
struct ConvTranspose2d {
  std::int64_t in = 0, out = 0, kernel = 1, stride = 1, padding = 0, output_padding = 0;
  bool operator==(const ConvTranspose2d&) const = default;
};

/// e^x / sum of e^x over the last dimension.
struct Softmax {
  bool operator==(const Softmax&) const = default;
};

struct Reshape {
  std::vector<std::int64_t> sizes;
  bool operator==(const Reshape&) const = default;
};
struct Permute {
  std::vector<std::int64_t> dims;
  bool operator==(const Permute&) const = default;
};
struct Slice {
  std::int64_t dim = 0, start = 0, length = 1;
  bool operator==(const Slice&) const = default;
};
/// Two or more inputs, one after the other along a dimension.
struct Concat {
  std::int64_t dim = 0;
  bool operator==(const Concat&) const = default;
};

/// factor x + offset, the same for all entries.
struct Scale {
  double factor = 1.0, offset = 0.0;
  bool operator==(const Scale&) const = default;
};
/// Two or more inputs, entry by entry, broadcast.
struct Multiply {
  bool operator==(const Multiply&) const = default;
};
/// The matrix product of two inputs over their last two dimensions; earlier ones are the same.
struct MatMul {
  bool operator==(const MatMul&) const = default;
};

/// x plus or times a learnt tensor, broadcast to x. Parameters: weight [shape].
struct Offset {
  std::vector<std::int64_t> shape;
  bool operator==(const Offset&) const = default;
};
struct Gain {
  std::vector<std::int64_t> shape;
  bool operator==(const Gain&) const = default;
};

}  // namespace assay
