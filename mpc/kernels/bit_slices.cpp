#include "mpc/kernels/bit_slices.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace assay::mpc {
namespace {

// Blocks transposed side by side: one cache line of each slice.
constexpr std::int64_t kSide = 8;

// rows[i][s]: word i of block s.
using Blocks = std::uint64_t[64][kSide];

// Transposes each block. Seen as 2 x 2 quarters of `width` bits, the off-diagonal ones change
// places; then the same within each quarter.
void transpose(Blocks& rows) {
  std::uint64_t low_half = 0x00000000ffffffff;  // of every 2 width bits
  for (int width = 32; width != 0; width /= 2, low_half ^= low_half << width) {
    for (int i = 0; i < 64; ++i) {
      if ((i & width) != 0) continue;
      for (std::int64_t s = 0; s < kSide; ++s) {
        const std::uint64_t differ = ((rows[i][s] >> width) ^ rows[i + width][s]) & low_half;
        rows[i + width][s] ^= differ;
        rows[i][s] ^= differ << width;
      }
    }
  }
}

void require_sizes(std::size_t words, std::size_t slices) {
  const auto expected = 64 * slice_blocks(static_cast<std::int64_t>(words));
  if (static_cast<std::int64_t>(slices) != expected) {
    throw std::invalid_argument(fmt::format("expected {} words of slices for {} elements, got {}",
                                            expected, words, slices));
  }
}

}  // namespace

void to_slices(std::span<const std::uint64_t> words, std::span<std::uint64_t> slices) {
  require_sizes(words.size(), slices.size());
  const auto n = static_cast<std::int64_t>(words.size());
  const std::int64_t blocks = slice_blocks(n);
  for (std::int64_t block = 0; block < blocks; block += kSide) {
    const std::int64_t side = std::min(kSide, blocks - block);
    const std::int64_t present = std::min(64 * kSide, n - 64 * block);
    Blocks rows;
    if (present < 64 * kSide) std::memset(rows, 0, sizeof(rows));
    const std::uint64_t* from = words.data() + 64 * block;
    for (std::int64_t i = 0; i < present; ++i)
      rows[i % 64][i / 64] = from[i];
    transpose(rows);
    for (std::int64_t j = 0; j < 64; ++j)
      std::copy_n(rows[j], side, slices.data() + j * blocks + block);
  }
}

void from_slices(std::span<const std::uint64_t> slices, std::span<std::uint64_t> words) {
  require_sizes(words.size(), slices.size());
  const auto n = static_cast<std::int64_t>(words.size());
  const std::int64_t blocks = slice_blocks(n);
  for (std::int64_t block = 0; block < blocks; block += kSide) {
    const std::int64_t side = std::min(kSide, blocks - block);
    const std::int64_t present = std::min(64 * kSide, n - 64 * block);
    Blocks rows;
    if (side < kSide) std::memset(rows, 0, sizeof(rows));
    for (std::int64_t j = 0; j < 64; ++j)
      std::copy_n(slices.data() + j * blocks + block, side, rows[j]);
    transpose(rows);
    std::uint64_t* to = words.data() + 64 * block;
    for (std::int64_t i = 0; i < present; ++i)
      to[i] = rows[i % 64][i / 64];
  }
}

}  // namespace assay::mpc
