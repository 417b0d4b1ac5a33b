#include "mpc/kernels/ring_conv.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "mpc/kernels/ring_matmul.h"
#include "mpc/kernels/scratch.h"

namespace assay::mpc {
namespace {

void require_size(std::string_view name, std::size_t size, std::int64_t expected) {
  if (static_cast<std::int64_t>(size) != expected) {
    throw std::invalid_argument(
        fmt::format("expected {} words of {}, got {}", expected, name, size));
  }
}

std::int64_t divide_up(std::int64_t x, std::int64_t by) {
  return (x + by - 1) / by;
}

// One group's matrices: output (rows x positions) = weight (rows x depth) times columns (depth x
// positions), for each image.
struct Sizes {
  explicit Sizes(const ConvShape& s)
      : rows(s.out_channels / s.groups),
        depth(s.in_channels / s.groups * s.kernel_h * s.kernel_w),
        positions(s.out_h() * s.out_w()),
        pointwise(s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 &&
                  s.pad_h == 0 && s.pad_w == 0) {}
  std::int64_t rows;
  std::int64_t depth;
  std::int64_t positions;
  bool pointwise;  // an image's matrix of columns is its input
};

// Part of one group's product: the output positions [first, first + count), y * out_w + x, of one
// image, or all of several images.
struct Block {
  std::int64_t input;   // index of the first image's input in this group
  std::int64_t weight;  // index of the group's weight
  std::int64_t output;  // index of the first image's output in this group, at position `first`
  std::int64_t images;
  std::int64_t first;
  std::int64_t count;

  std::int64_t columns() const { return images * count; }
};

template <typename Visit>
void for_each_block(const ConvShape& shape, const Sizes& sizes, Visit visit) {
  constexpr std::int64_t kWords = std::int64_t{1} << 18;
  constexpr std::int64_t kColumns = 256;  // makes up for packing the weight again
  const std::int64_t most = std::max(kColumns, kWords / sizes.depth);
  const std::int64_t images = std::max<std::int64_t>(1, kColumns / sizes.positions);
  const std::int64_t parts = sizes.pointwise ? 1 : divide_up(sizes.positions, most);
  const std::int64_t part = divide_up(sizes.positions, parts);
  const std::int64_t group_input = shape.in_channels / shape.groups * shape.height * shape.width;
  for (std::int64_t group = 0; group < shape.groups; ++group) {
    for (std::int64_t image = 0; image < shape.batch; image += images) {
      const std::int64_t index = image * shape.groups + group;
      for (std::int64_t first = 0; first < sizes.positions; first += part) {
        visit(Block{.input = index * group_input,
                    .weight = group * sizes.rows * sizes.depth,
                    .output = index * sizes.rows * sizes.positions + first,
                    .images = std::min(images, shape.batch - image),
                    .first = first,
                    .count = std::min(part, sizes.positions - first)});
      }
    }
  }
}

// Calls visit(column, before, input, inside, after) for every row (c, i, j) of the block's columns
// and every output line y in it: from index `column` of the depth x columns() array, `before`
// positions lie left of the image, `inside` ones read the input from index `input` in steps of
// stride_w, and `after` ones lie right of it. A line above or below the image lies left of it.
template <typename Visit>
void for_each_line(const ConvShape& s, const Block& block, Visit visit) {
  const std::int64_t out_w = s.out_w();
  const std::int64_t first_y = block.first / out_w, first_x = block.first % out_w;
  const std::int64_t in_group = s.in_channels / s.groups;
  std::int64_t column = 0;
  for (std::int64_t c = 0; c < in_group; ++c) {
    for (std::int64_t i = 0; i < s.kernel_h; ++i) {
      for (std::int64_t j = 0; j < s.kernel_w; ++j) {
        // 0 <= x stride_w + shift < width
        const std::int64_t shift = j * s.dilation_w - s.pad_w;
        const std::int64_t enter = shift >= 0 ? 0 : divide_up(-shift, s.stride_w);
        const std::int64_t leave = shift >= s.width ? 0 : divide_up(s.width - shift, s.stride_w);
        for (std::int64_t image = 0; image < block.images; ++image) {
          const std::int64_t channel =
              block.input + (image * s.in_channels + c) * s.height * s.width;
          std::int64_t y = first_y, x = first_x;
          for (std::int64_t left = block.count; left > 0; ++y, x = 0) {
            const std::int64_t end = std::min(out_w, x + left);
            const std::int64_t line = y * s.stride_h - s.pad_h + i * s.dilation_h;
            const bool outside = line < 0 || line >= s.height;
            const std::int64_t from = outside ? end : std::clamp(enter, x, end);
            const std::int64_t to = outside ? end : std::clamp(leave, from, end);
            visit(column, from - x, channel + line * s.width + from * s.stride_w + shift, to - from,
                  end - to);
            column += end - x;
            left -= end - x;
          }
        }
      }
    }
  }
}

// Whether the block's columns are where the input is.
bool in_place(const Sizes& sizes, const Block& block) {
  return sizes.pointwise && block.images == 1;
}

// Memory for the block's columns.
std::uint64_t* reserve_columns(const Sizes& sizes, const Block& block) {
  thread_local Scratch scratch;
  return scratch.reserve(sizes.depth * block.columns());
}

// Memory for the block's outputs of several images.
std::uint64_t* reserve_outputs(const Sizes& sizes, const Block& block) {
  thread_local Scratch scratch;
  return scratch.reserve(sizes.rows * block.columns());
}

MatrixView columns_of(const ConvShape& shape, const Sizes& sizes, const Block& block,
                      const std::uint64_t* input) {
  if (in_place(sizes, block)) return {input + block.input, sizes.positions, 1};
  std::uint64_t* packed = reserve_columns(sizes, block);
  const std::int64_t step = shape.stride_w;
  for_each_line(shape, block,
                [&](std::int64_t column, std::int64_t before, std::int64_t at, std::int64_t inside,
                    std::int64_t after) {
                  std::uint64_t* out = std::fill_n(packed + column, before, 0);
                  if (step == 1 && inside > 0) {
                    out = std::copy_n(input + at, inside, out);
                  } else {
                    for (std::int64_t i = 0; i < inside; ++i)
                      *out++ = input[at + i * step];
                  }
                  std::fill_n(out, after, 0);
                });
  return {packed, block.columns(), 1};
}

// Calls visit(output, row) for every image and row of the block's outputs: the `count` words from
// index `output` of the output array stand from index `row` of the rows x columns() array.
template <typename Visit>
void for_each_output_row(const ConvShape& shape, const Sizes& sizes, const Block& block,
                         Visit visit) {
  for (std::int64_t image = 0; image < block.images; ++image)
    for (std::int64_t r = 0; r < sizes.rows; ++r)
      visit(block.output + (image * shape.out_channels + r) * sizes.positions,
            r * block.columns() + image * block.count);
}

MatrixView outputs_of(const ConvShape& shape, const Sizes& sizes, const Block& block,
                      const std::uint64_t* output) {
  if (block.images == 1) return {output + block.output, sizes.positions, 1};
  std::uint64_t* packed = reserve_outputs(sizes, block);
  for_each_output_row(shape, sizes, block, [&](std::int64_t from, std::int64_t row) {
    std::copy_n(output + from, block.count, packed + row);
  });
  return {packed, block.columns(), 1};
}

}  // namespace

void ring_conv2d(const ConvShape& shape, std::span<const std::uint64_t> input,
                 std::span<const std::uint64_t> weight, std::span<std::uint64_t> output) {
  shape.validate();
  require_size("input", input.size(), shape.input_words());
  require_size("weight", weight.size(), shape.weight_words());
  require_size("output", output.size(), shape.output_words());
  const Sizes sizes(shape);
  for_each_block(shape, sizes, [&](const Block& block) {
    const MatrixView w{weight.data() + block.weight, sizes.depth, 1};
    const MatrixView columns = columns_of(shape, sizes, block, input.data());
    if (block.images == 1) {
      ring_matmul(sizes.rows, block.count, sizes.depth, w, columns, output.data() + block.output,
                  sizes.positions, false);
      return;
    }
    std::uint64_t* packed = reserve_outputs(sizes, block);
    ring_matmul(sizes.rows, block.columns(), sizes.depth, w, columns, packed, block.columns(),
                false);
    for_each_output_row(shape, sizes, block, [&](std::int64_t to, std::int64_t row) {
      std::copy_n(packed + row, block.count, output.data() + to);
    });
  });
}

void ring_conv2d_input_gradient(const ConvShape& shape, std::span<const std::uint64_t> grad_output,
                                std::span<const std::uint64_t> weight,
                                std::span<std::uint64_t> grad_input) {
  shape.validate();
  require_size("output gradient", grad_output.size(), shape.output_words());
  require_size("weight", weight.size(), shape.weight_words());
  require_size("input gradient", grad_input.size(), shape.input_words());
  const Sizes sizes(shape);
  std::ranges::fill(grad_input, 0);
  for_each_block(shape, sizes, [&](const Block& block) {
    // columns' gradient = weight^T output gradient
    const MatrixView w{weight.data() + block.weight, sizes.depth, 1};
    const MatrixView g = outputs_of(shape, sizes, block, grad_output.data());
    if (in_place(sizes, block)) {
      ring_matmul(sizes.depth, block.count, sizes.rows, w.transposed(), g,
                  grad_input.data() + block.input, sizes.positions, true);
      return;
    }
    std::uint64_t* packed = reserve_columns(sizes, block);
    ring_matmul(sizes.depth, block.columns(), sizes.rows, w.transposed(), g, packed,
                block.columns(), false);
    for_each_line(shape, block,
                  [&](std::int64_t column, std::int64_t before, std::int64_t at,
                      std::int64_t inside, std::int64_t) {
                    const std::uint64_t* from = packed + column + before;
                    for (std::int64_t i = 0; i < inside; ++i)
                      grad_input[static_cast<std::size_t>(at + i * shape.stride_w)] += from[i];
                  });
  });
}

void ring_conv2d_weight_gradient(const ConvShape& shape, std::span<const std::uint64_t> input,
                                 std::span<const std::uint64_t> grad_output,
                                 std::span<std::uint64_t> grad_weight) {
  shape.validate();
  require_size("input", input.size(), shape.input_words());
  require_size("output gradient", grad_output.size(), shape.output_words());
  require_size("weight gradient", grad_weight.size(), shape.weight_words());
  const Sizes sizes(shape);
  std::ranges::fill(grad_weight, 0);
  for_each_block(shape, sizes, [&](const Block& block) {
    // weight gradient += output gradient columns^T
    const MatrixView columns = columns_of(shape, sizes, block, input.data());
    const MatrixView g = outputs_of(shape, sizes, block, grad_output.data());
    ring_matmul(sizes.rows, sizes.depth, block.columns(), g, columns.transposed(),
                grad_weight.data() + block.weight, sizes.depth, true);
  });
}

}  // namespace assay::mpc
