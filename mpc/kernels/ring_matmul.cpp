#include "mpc/kernels/ring_matmul.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "mpc/kernels/ring_kernel.h"
#include "mpc/kernels/scratch.h"

namespace assay::mpc {
namespace {

// With no more columns than this, passes over a beat tiles that would be mostly padding.
constexpr std::int64_t kThin = 4;

std::int64_t divide_up(std::int64_t x, std::int64_t by) {
  return (x + by - 1) / by;
}
std::int64_t round_up(std::int64_t x, std::int64_t to) {
  return divide_up(x, to) * to;
}

// c is far away by the time its tile is complete.
void prefetch(const std::uint64_t* c, std::int64_t row_stride, std::int64_t rows,
              std::int64_t columns) {
  constexpr std::int64_t kLine = 8;
  for (std::int64_t i = 0; i < rows; ++i, c += row_stride)
    for (std::int64_t j = 0; j < columns + kLine - 1; j += kLine)
      __builtin_prefetch(c + std::min(j, columns - 1), 1);
}

// c += a b in tiles: b is packed once, a once for each block of columns of c.
void multiply_blocks(const RingKernel& kernel, std::int64_t m, std::int64_t n, std::int64_t k,
                     MatrixView a, MatrixView b, std::uint64_t* c, std::int64_t c_row_stride) {
  thread_local Scratch a_scratch, b_scratch, edge_scratch;
  // blocks of k of nearly equal length
  const std::int64_t k_blocks = divide_up(k, kernel.block_k);
  const std::int64_t block_k = round_up(divide_up(k, k_blocks), kernel.depth);
  const std::int64_t block_m = std::min(kernel.block_m, round_up(m, kernel.rows));
  const std::int64_t block_n = std::min(kernel.block_n, round_up(n, kernel.columns));
  std::uint64_t* a_block = a_scratch.reserve(block_m * block_k * kernel.a_words);
  std::uint64_t* b_block = b_scratch.reserve(block_n * block_k * kernel.b_words);
  std::uint64_t* edge = edge_scratch.reserve(kernel.rows * kernel.columns);

  for (std::int64_t jc = 0; jc < n; jc += block_n) {
    const std::int64_t nc = std::min(block_n, n - jc);
    for (std::int64_t pc = 0; pc < k; pc += block_k) {
      const std::int64_t kc = std::min(block_k, k - pc);
      const std::int64_t padded = round_up(kc, kernel.depth);
      const std::int64_t a_panel = kernel.rows * padded * kernel.a_words;
      const std::int64_t b_panel = kernel.columns * padded * kernel.b_words;
      for (std::int64_t j = 0; j < nc; j += kernel.columns) {
        const MatrixView columns{b.at(pc, jc + j), b.column_stride, b.row_stride};
        kernel.pack_b(columns, std::min(kernel.columns, nc - j), kc,
                      b_block + j / kernel.columns * b_panel);
      }
      for (std::int64_t ic = 0; ic < m; ic += block_m) {
        const std::int64_t mc = std::min(block_m, m - ic);
        for (std::int64_t i = 0; i < mc; i += kernel.rows) {
          const MatrixView rows{a.at(ic + i, pc), a.row_stride, a.column_stride};
          kernel.pack_a(rows, std::min(kernel.rows, mc - i), kc,
                        a_block + i / kernel.rows * a_panel);
        }
        for (std::int64_t j = 0; j < nc; j += kernel.columns) {
          const std::uint64_t* b_tile = b_block + j / kernel.columns * b_panel;
          const std::int64_t width = std::min(kernel.columns, nc - j);
          for (std::int64_t i = 0; i < mc; i += kernel.rows) {
            const std::uint64_t* a_tile = a_block + i / kernel.rows * a_panel;
            const std::int64_t height = std::min(kernel.rows, mc - i);
            std::uint64_t* c_tile = c + (ic + i) * c_row_stride + jc + j;
            prefetch(c_tile, c_row_stride, height, width);
            if (height == kernel.rows && width == kernel.columns) {
              kernel.tile(padded, a_tile, b_tile, c_tile, c_row_stride);
              continue;
            }
            std::fill_n(edge, kernel.rows * kernel.columns, 0);
            kernel.tile(padded, a_tile, b_tile, edge, kernel.columns);
            for (std::int64_t r = 0; r < height; ++r)
              for (std::int64_t s = 0; s < width; ++s)
                c_tile[r * c_row_stride + s] += edge[r * kernel.columns + s];
          }
        }
      }
    }
  }
}

// y += a x, with y in steps of y_stride: the rows of a against x, or the columns of a onto y,
// whichever are contiguous.
void multiply_vector(const RingKernel& kernel, std::int64_t m, std::int64_t k, MatrixView a,
                     const std::uint64_t* x, std::int64_t x_stride, std::uint64_t* y,
                     std::int64_t y_stride) {
  thread_local Scratch scratch;
  std::uint64_t* buffer = scratch.reserve(k + m);
  if (a.row_stride == 1 && m > 1) {
    std::fill_n(buffer, m, 0);
    for (std::int64_t p = 0; p < k; ++p)
      kernel.add_multiple(x[p * x_stride], a.at(0, p), buffer, m);
    for (std::int64_t i = 0; i < m; ++i)
      y[i * y_stride] += buffer[i];
    return;
  }
  if (x_stride != 1) {
    for (std::int64_t p = 0; p < k; ++p)
      buffer[p] = x[p * x_stride];
    x = buffer;
  }
  for (std::int64_t i = 0; i < m; ++i) {
    const std::uint64_t* row = a.at(i, 0);
    if (a.column_stride == 1) {
      y[i * y_stride] += kernel.dot(row, x, k);
      continue;
    }
    std::uint64_t sum = 0;
    for (std::int64_t p = 0; p < k; ++p)
      sum += row[p * a.column_stride] * x[p];
    y[i * y_stride] += sum;
  }
}

const RingKernel& kernel_of(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2:
      return kAvx2Kernel;
    case Isa::avx512:
      return kAvx512Kernel;
    case Isa::amx:
      return kAmxKernel;
#endif
    default:
      return kPortableKernel;
  }
}

// Multiply-adds with the padding to whole tiles.
std::int64_t padded_work(const RingKernel& kernel, std::int64_t m, std::int64_t n, std::int64_t k) {
  return round_up(m, kernel.rows) * round_up(n, kernel.columns) * round_up(k, kernel.depth);
}

// The tiles of Isa::amx are large, and small or thin matrices mostly padding in them. At more than
// twice the multiply-adds of Isa::avx512 it is the slower one.
Isa isa_for(std::int64_t m, std::int64_t n, std::int64_t k) {
  static const Isa best = best_isa();
  if (best != Isa::amx) return best;
  const bool worth =
      padded_work(kernel_of(Isa::amx), m, n, k) <= 2 * padded_work(kernel_of(Isa::avx512), m, n, k);
  return worth ? Isa::amx : Isa::avx512;
}

}  // namespace

bool supported(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return true;
#if defined(__x86_64__)
    case Isa::avx2:
      return __builtin_cpu_supports("avx2");
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512ifma");
    case Isa::amx: {
      static const bool granted = supported(Isa::avx512) && request_amx();
      return granted;
    }
#endif
    default:
      return false;
  }
}

Isa best_isa() {
  for (const Isa isa : {Isa::amx, Isa::avx512, Isa::avx2})
    if (supported(isa)) return isa;
  return Isa::portable;
}

void ring_matmul(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b,
                 std::uint64_t* c, std::int64_t c_row_stride, bool accumulate) {
  ring_matmul(isa_for(m, n, k), m, n, k, a, b, c, c_row_stride, accumulate);
}

void ring_matmul(Isa isa, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a,
                 MatrixView b, std::uint64_t* c, std::int64_t c_row_stride, bool accumulate) {
  if (m < 0 || n < 0 || k < 0) {
    throw std::invalid_argument(fmt::format("expected m, n, k >= 0, got {}, {}, {}", m, n, k));
  }
  if (!supported(isa)) {
    throw std::invalid_argument(fmt::format(
        "expected an instruction set of this processor, got number {}", static_cast<int>(isa)));
  }
  const RingKernel& kernel = kernel_of(isa);
  if (!accumulate) {
    for (std::int64_t i = 0; i < m; ++i)
      std::fill_n(c + i * c_row_stride, n, 0);
  }
  if (m == 0 || n == 0 || k == 0) return;
  if (n <= kThin) {
    for (std::int64_t j = 0; j < n; ++j)
      multiply_vector(kernel, m, k, a, b.at(0, j), b.row_stride, c + j, c_row_stride);
  } else if (m <= kThin) {
    for (std::int64_t i = 0; i < m; ++i)
      multiply_vector(kernel, n, k, b.transposed(), a.at(i, 0), a.column_stride,
                      c + i * c_row_stride, 1);
  } else {
    multiply_blocks(kernel, m, n, k, a, b, c, c_row_stride);
  }
}

}  // namespace assay::mpc
