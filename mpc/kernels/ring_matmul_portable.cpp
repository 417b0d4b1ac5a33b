#include <array>

#include "mpc/kernels/ring_kernel.h"

namespace assay::mpc {
namespace {

constexpr std::int64_t kRows = 2;
constexpr std::int64_t kColumns = 4;

template <std::int64_t kLanes>
void pack(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel) {
  pack_lanes<kLanes>(lanes, count, k, panel, [](std::uint64_t v) { return std::array{v}; });
}

// Eight sums in registers. Written out: a loop over them would be vectorised, and x86-64 without
// extensions multiplies 64-bit words faster one by one.
void tile(std::int64_t k, const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* c,
          std::int64_t c_row_stride) {
  std::uint64_t c00 = 0, c01 = 0, c02 = 0, c03 = 0, c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  for (std::int64_t p = 0; p < k; ++p, a += kRows, b += kColumns) {
    const std::uint64_t a0 = a[0], a1 = a[1];
    c00 += a0 * b[0];
    c01 += a0 * b[1];
    c02 += a0 * b[2];
    c03 += a0 * b[3];
    c10 += a1 * b[0];
    c11 += a1 * b[1];
    c12 += a1 * b[2];
    c13 += a1 * b[3];
  }
  const std::uint64_t sums[kRows][kColumns] = {{c00, c01, c02, c03}, {c10, c11, c12, c13}};
  for (std::int64_t i = 0; i < kRows; ++i)
    for (std::int64_t j = 0; j < kColumns; ++j)
      c[i * c_row_stride + j] += sums[i][j];
}

std::uint64_t dot(const std::uint64_t* x, const std::uint64_t* y, std::int64_t n) {
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < n; ++i)
    sum += x[i] * y[i];
  return sum;
}

void add_multiple(std::uint64_t factor, const std::uint64_t* x, std::uint64_t* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    y[i] += factor * x[i];
}

}  // namespace

constinit const RingKernel kPortableKernel = {.rows = kRows,
                                              .columns = kColumns,
                                              .depth = 1,
                                              .a_words = 1,
                                              .b_words = 1,
                                              .block_m = 256,
                                              .block_n = 2048,
                                              .block_k = 256,
                                              .pack_a = pack<kRows>,
                                              .pack_b = pack<kColumns>,
                                              .tile = tile,
                                              .dot = dot,
                                              .add_multiple = add_multiple};

}  // namespace assay::mpc
