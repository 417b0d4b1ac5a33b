#include <immintrin.h>

#include <array>

#include "mpc/kernels/ring_kernel.h"

// With x = x0 + 2^32 x1:  x y = x0 y0 + 2^32 (x0 y1 + x1 y0)  mod 2^64.
// vpmuludq gives x0 y0 in 64 bits. vpmulld of x with the halves of y exchanged gives both cross
// terms modulo 2^32, which is all that counts of them; they are summed apart and shifted at the
// end.

namespace assay::mpc {
namespace {

constexpr std::int64_t kRows = 4;
constexpr std::int64_t kColumns = 4;

void pack_a(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel) {
  pack_lanes<kRows>(lanes, count, k, panel,
                    [](std::uint64_t v) { return std::array{v, v << 32 | v >> 32}; });
}

void pack_b(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel) {
  pack_lanes<kColumns>(lanes, count, k, panel, [](std::uint64_t v) { return std::array{v}; });
}

__m256i load(const std::uint64_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

void store(std::uint64_t* p, __m256i v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
}

__m256i broadcast(const std::uint64_t* p) {
  return _mm256_set1_epi64x(static_cast<std::int64_t>(*p));
}

// One sum of products in two parts.
struct Sum {
  __m256i low = _mm256_setzero_si256();
  __m256i cross = _mm256_setzero_si256();

  void add(__m256i x, __m256i x_exchanged, __m256i y) {
    low = _mm256_add_epi64(low, _mm256_mul_epu32(x, y));
    cross = _mm256_add_epi32(cross, _mm256_mullo_epi32(x_exchanged, y));
  }
  __m256i value() const {
    const __m256i both = _mm256_add_epi64(_mm256_slli_epi64(cross, 32),
                                          _mm256_and_si256(cross, _mm256_set1_epi64x(~0LL << 32)));
    return _mm256_add_epi64(low, both);
  }
};

void tile(std::int64_t k, const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* c,
          std::int64_t c_row_stride) {
  Sum sums[kRows];
  for (std::int64_t p = 0; p < k; ++p, a += 2 * kRows, b += kColumns) {
    const __m256i y = load(b);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i)
      sums[i].add(broadcast(a + i), broadcast(a + kRows + i), y);
  }
  for (std::int64_t i = 0; i < kRows; ++i) {
    std::uint64_t* row = c + i * c_row_stride;
    store(row, _mm256_add_epi64(load(row), sums[i].value()));
  }
}

std::uint64_t dot(const std::uint64_t* x, const std::uint64_t* y, std::int64_t n) {
  Sum sum[2];
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
#pragma GCC unroll 2
    for (int u = 0; u < 2; ++u) {
      const __m256i v = load(x + i + 4 * u);
      sum[u].add(v, _mm256_shuffle_epi32(v, 0b10110001), load(y + i + 4 * u));
    }
  }
  std::uint64_t lanes[4];
  store(lanes, _mm256_add_epi64(sum[0].value(), sum[1].value()));
  std::uint64_t total = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; i < n; ++i)
    total += x[i] * y[i];
  return total;
}

void add_multiple(std::uint64_t factor, const std::uint64_t* x, std::uint64_t* y, std::int64_t n) {
  const std::uint64_t exchanged = factor << 32 | factor >> 32;
  const __m256i f = broadcast(&factor), f_exchanged = broadcast(&exchanged);
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    Sum product;
    product.add(f, f_exchanged, load(x + i));
    store(y + i, _mm256_add_epi64(load(y + i), product.value()));
  }
  for (; i < n; ++i)
    y[i] += factor * x[i];
}

}  // namespace

constinit const RingKernel kAvx2Kernel = {.rows = kRows,
                                          .columns = kColumns,
                                          .depth = 1,
                                          .a_words = 2,
                                          .b_words = 1,
                                          .block_m = 256,
                                          .block_n = 2048,
                                          .block_k = 256,
                                          .pack_a = pack_a,
                                          .pack_b = pack_b,
                                          .tile = tile,
                                          .dot = dot,
                                          .add_multiple = add_multiple};

}  // namespace assay::mpc
