#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "mpc/kernels/ring_kernel.h"

// With x = sum_i 2^(8 i) x_i over bytes x_i:  x y = sum_{d < 8} 2^(8 d) sum_{i + j = d} x_i y_j
// mod 2^64: 36 products of bytes for one of words, on a unit that does 1024 of them a cycle. Each
// diagonal d is summed over all of k before it is shifted.
//
// The 32-bit sums: d = 4 to 7 count only modulo 2^32. A diagonal below has at most 4 products of
// at most 255^2 for each k, which fits for k <= 16512.
//
// Packed panels: for every 64 depths, for every byte of the words, two tiles of 16 lanes by 64
// bytes. In the tiles of a a row is a lane. In those of b a row has four depths of all lanes, the
// depths of one lane side by side.

namespace assay::mpc {
namespace {

constexpr std::int64_t kLanes = 32;  // two tiles, in both directions
constexpr std::int64_t kDepth = 64;  // bytes of a tile row
constexpr std::int64_t kRowBytes = 64;
constexpr std::int64_t kTileBytes = 16 * kRowBytes;
constexpr std::int64_t kByteStride = 2 * kTileBytes;
constexpr std::int64_t kBlockBytes = 8 * kByteStride;
constexpr std::int64_t kBlockK = 1024;
static_assert(4 * kBlockK * 255 * 255 < std::int64_t{1} << 32);

// Writes byte p of the 64 words to the 64 bytes at out + p * kByteStride, for the 8 bytes p.
void split_bytes(const std::array<std::uint64_t, 64>& words, std::byte* out) {
  alignas(64) static constexpr auto kByByte = [] {
    std::array<std::uint8_t, 64> order{};
    for (std::uint8_t p = 0; p < 8; ++p)
      for (std::uint8_t e = 0; e < 8; ++e)
        order[8 * p + e] = static_cast<std::uint8_t>(8 * e + p);
    return order;
  }();
  const __m512i order = _mm512_load_si512(kByByte.data());
  // Quadword p of v[g] is byte p of words 8 g to 8 g + 7. Then the 8 x 8 quadwords are transposed:
  // exchanges by 1, to t, and by 2 and 4.
  __m512i v[8], t[8];
#pragma GCC unroll 8
  for (int g = 0; g < 8; ++g)
    v[g] = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(words.data() + 8 * g));
#pragma GCC unroll 4
  for (int g = 0; g < 8; g += 2) {
    t[g] = _mm512_unpacklo_epi64(v[g], v[g + 1]);
    t[g + 1] = _mm512_unpackhi_epi64(v[g], v[g + 1]);
  }
#pragma GCC unroll 2
  for (int p = 0; p < 2; ++p) {
    const __m512i a = _mm512_shuffle_i64x2(t[p], t[p + 2], 0x88);
    const __m512i b = _mm512_shuffle_i64x2(t[p + 4], t[p + 6], 0x88);
    const __m512i c = _mm512_shuffle_i64x2(t[p], t[p + 2], 0xdd);
    const __m512i d = _mm512_shuffle_i64x2(t[p + 4], t[p + 6], 0xdd);
    _mm512_storeu_si512(out + p * kByteStride, _mm512_shuffle_i64x2(a, b, 0x88));
    _mm512_storeu_si512(out + (p + 4) * kByteStride, _mm512_shuffle_i64x2(a, b, 0xdd));
    _mm512_storeu_si512(out + (p + 2) * kByteStride, _mm512_shuffle_i64x2(c, d, 0x88));
    _mm512_storeu_si512(out + (p + 6) * kByteStride, _mm512_shuffle_i64x2(c, d, 0xdd));
  }
}

// Packs tile rows of kRowLanes lanes by kRowDepths depths each, 64 elements together.
template <std::int64_t kRowLanes, std::int64_t kRowDepths>
void pack(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel) {
  static_assert(kRowLanes * kRowDepths == 64);
  // rows of a tile go along the lanes for a, along the depths for b
  constexpr bool kAlongLanes = kRowLanes == 1;
  auto* out = reinterpret_cast<std::byte*>(panel);
  std::array<std::uint64_t, 64> words;
  const auto gather = [&](const std::uint64_t* from, std::int64_t n, std::int64_t depths) {
    for (std::int64_t i = 0; i < n; ++i, from += lanes.row_stride)
      for (std::int64_t t = 0; t < depths; ++t)
        words[i * kRowDepths + t] = from[t * lanes.column_stride];
  };
  for (std::int64_t p = 0; p < k; p += kDepth, out += kBlockBytes) {
    for (std::int64_t row = 0; row < kLanes; ++row) {
      const std::int64_t tile = row / 16, r = row % 16;
      const std::int64_t lane = kAlongLanes ? row : tile * 16;
      const std::int64_t depth = kAlongLanes ? p : p + r * kRowDepths;
      if (lane + kRowLanes <= count && depth + kRowDepths <= k) {
        gather(lanes.at(lane, depth), kRowLanes, kRowDepths);
      } else {
        words.fill(0);
        if (lane < count && depth < k) {
          gather(lanes.at(lane, depth), std::min(kRowLanes, count - lane),
                 std::min(kRowDepths, k - depth));
        }
      }
      split_bytes(words, out + tile * kTileBytes + r * kRowBytes);
    }
  }
}

// The layout of LDTILECFG: palette 1, eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);
constexpr TileConfig kTileConfig;

void tile(std::int64_t k, const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* c,
          std::int64_t c_row_stride) {
  alignas(64) std::uint32_t sums[8][kLanes][kLanes];
  const auto* a_bytes = reinterpret_cast<const std::byte*>(a);
  const auto* b_bytes = reinterpret_cast<const std::byte*>(b);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // the panels are written before tile loads
  _tile_loadconfig(&kTileConfig);
  for (std::int64_t d = 0; d < 8; ++d) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (std::int64_t p = 0; p < k / kDepth; ++p) {
      const std::byte* x = a_bytes + p * kBlockBytes;
      const std::byte* y = b_bytes + p * kBlockBytes + d * kByteStride;
      for (std::int64_t i = 0; i <= d; ++i, x += kByteStride, y -= kByteStride) {
        _tile_loadd(4, x, kRowBytes);
        _tile_loadd(6, y, kRowBytes);
        _tile_dpbuud(0, 4, 6);
        _tile_loadd(7, y + kTileBytes, kRowBytes);
        _tile_dpbuud(1, 4, 7);
        _tile_loadd(5, x + kTileBytes, kRowBytes);
        _tile_dpbuud(2, 5, 6);
        _tile_dpbuud(3, 5, 7);
      }
    }
    constexpr std::int64_t kStride = kLanes * sizeof(std::uint32_t);
    _tile_stored(0, &sums[d][0][0], kStride);
    _tile_stored(1, &sums[d][0][16], kStride);
    _tile_stored(2, &sums[d][16][0], kStride);
    _tile_stored(3, &sums[d][16][16], kStride);
  }
  _tile_release();

  for (std::int64_t i = 0; i < kLanes; ++i) {
    for (std::int64_t j = 0; j < kLanes; j += 8) {
      std::uint64_t* out = c + i * c_row_stride + j;
      __m512i total = _mm512_loadu_si512(out);
#pragma GCC unroll 8
      for (unsigned d = 0; d < 8; ++d) {
        const auto* sum = reinterpret_cast<const __m256i*>(&sums[d][i][j]);
        const __m512i wide = _mm512_cvtepu32_epi64(_mm256_load_si256(sum));
        total = _mm512_add_epi64(total, _mm512_slli_epi64(wide, 8 * d));
      }
      _mm512_storeu_si512(out, total);
    }
  }
}

}  // namespace

constinit const RingKernel kAmxKernel = {.rows = kLanes,
                                         .columns = kLanes,
                                         .depth = kDepth,
                                         .a_words = 1,
                                         .b_words = 1,
                                         .block_m = 128,
                                         .block_n = 1024,
                                         .block_k = kBlockK,
                                         .pack_a = pack<1, 64>,
                                         .pack_b = pack<16, 4>,
                                         .tile = tile,
                                         .dot = dot_avx512,
                                         .add_multiple = add_multiple_avx512};

bool request_amx() {
  constexpr unsigned kAmxTile = 1u << 24, kAmxInt8 = 1u << 25;  // CPUID leaf 7, EDX
  constexpr long kRequestPermission = 0x1023;                   // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;                                // the state component of the tiles
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((edx & kAmxTile) == 0 || (edx & kAmxInt8) == 0) return false;
  if (!__builtin_cpu_supports("avx512vbmi")) return false;
#if defined(__linux__)
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace assay::mpc
