#include <immintrin.h>

#include <array>

#include "mpc/kernels/ring_kernel.h"

// The IFMA instructions multiply the low 52 bits of two words and add the low or the high 52 bits
// of the product to a sum. With x = x0 + 2^52 x1:
//
//   x y = lo(x0 y0) + 2^52 (hi(x0 y0) + x1 y0 + x0 y1)  mod 2^64,
//
// where only the low 12 bits of the bracket count. Both cross terms take one instruction. With
// x0' = x0 mod 2^12 and r(x) = x1 + 2^40 x0',
//
//   r(x) r(y) = x1 y1 + 2^40 (x1 y0' + x0' y1)  mod 2^52,
//
// whose bits from 40 on are the low 12 bits of the cross terms. x1 y1 is below 2^24, so that it
// stays out of them in sums of up to 2^16 products. That makes three instructions for 8 products.

namespace assay::mpc {
namespace {

constexpr std::int64_t kRows = 4;
constexpr std::int64_t kColumns = 16;
constexpr std::int64_t kBlockK = 192;
static_assert(kBlockK <= 1 << 16);

// Bits 52 to 63 of r(x) are not zero; IFMA does not read them.
template <std::int64_t kLanes>
void pack(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel) {
  pack_lanes<kLanes>(lanes, count, k, panel,
                     [](std::uint64_t v) { return std::array{v, v << 40 | v >> 52}; });
}

// One sum of products in three parts.
struct Sum {
  __m512i low, high, cross;

  void clear() { low = high = cross = _mm512_setzero_si512(); }

  void add(__m512i x, __m512i rx, __m512i y, __m512i ry) {
    low = _mm512_madd52lo_epu64(low, x, y);
    high = _mm512_madd52hi_epu64(high, x, y);
    cross = _mm512_madd52lo_epu64(cross, rx, ry);
  }
  __m512i value() const {
    const __m512i bracket = _mm512_add_epi64(high, _mm512_srli_epi64(cross, 40));
    return _mm512_add_epi64(low, _mm512_slli_epi64(bracket, 52));
  }
};

__m512i broadcast(std::uint64_t v) {
  return _mm512_set1_epi64(static_cast<std::int64_t>(v));
}

void tile(std::int64_t k, const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* c,
          std::int64_t c_row_stride) {
  Sum sums[kRows][2];
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i)
    for (Sum& sum : sums[i])
      sum.clear();
  for (std::int64_t p = 0; p < k; ++p, a += 2 * kRows, b += 2 * kColumns) {
    const __m512i y0 = _mm512_load_si512(b), y1 = _mm512_load_si512(b + 8);
    const __m512i ry0 = _mm512_load_si512(b + 16), ry1 = _mm512_load_si512(b + 24);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
      const __m512i x = broadcast(a[i]), rx = broadcast(a[kRows + i]);
      sums[i][0].add(x, rx, y0, ry0);
      sums[i][1].add(x, rx, y1, ry1);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) {
      std::uint64_t* row = c + i * c_row_stride + 8 * j;
      _mm512_storeu_si512(row, _mm512_add_epi64(_mm512_loadu_si512(row), sums[i][j].value()));
    }
  }
}

}  // namespace

// On words that are not packed, vpmullq costs less than splitting them.
std::uint64_t dot_avx512(const std::uint64_t* x, const std::uint64_t* y, std::int64_t n) {
  __m512i sum0 = _mm512_setzero_si512(), sum1 = _mm512_setzero_si512();
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m512i product0 =
        _mm512_mullo_epi64(_mm512_loadu_si512(x + i), _mm512_loadu_si512(y + i));
    const __m512i product1 =
        _mm512_mullo_epi64(_mm512_loadu_si512(x + i + 8), _mm512_loadu_si512(y + i + 8));
    sum0 = _mm512_add_epi64(sum0, product0);
    sum1 = _mm512_add_epi64(sum1, product1);
  }
  alignas(64) std::uint64_t lanes[8];
  _mm512_store_si512(lanes, _mm512_add_epi64(sum0, sum1));
  std::uint64_t total = 0;
  for (const std::uint64_t lane : lanes)
    total += lane;
  for (; i < n; ++i)
    total += x[i] * y[i];
  return total;
}

void add_multiple_avx512(std::uint64_t factor, const std::uint64_t* x, std::uint64_t* y,
                         std::int64_t n) {
  const __m512i f = broadcast(factor);
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m512i product = _mm512_mullo_epi64(f, _mm512_loadu_si512(x + i));
    _mm512_storeu_si512(y + i, _mm512_add_epi64(_mm512_loadu_si512(y + i), product));
  }
  for (; i < n; ++i)
    y[i] += factor * x[i];
}

constinit const RingKernel kAvx512Kernel = {.rows = kRows,
                                            .columns = kColumns,
                                            .depth = 1,
                                            .a_words = 2,
                                            .b_words = 2,
                                            .block_m = 256,
                                            .block_n = 2048,
                                            .block_k = kBlockK,
                                            .pack_a = pack<kRows>,
                                            .pack_b = pack<kColumns>,
                                            .tile = tile,
                                            .dot = dot_avx512,
                                            .add_multiple = add_multiple_avx512};

}  // namespace assay::mpc
