#pragma once

#include <cstdint>
#include <span>

namespace assay::mpc {

/// Words of 64 one-bit elements that hold one bit of each of n words: ceil(n / 64).
constexpr std::int64_t slice_blocks(std::int64_t n) {
  return (n + 63) / 64;
}

/// Turns n words into 64 bit slices: bit j of words[i] becomes bit i % 64 of
/// slices[j * blocks + i / 64], with blocks = slice_blocks(n). A bitwise operation on slice j then
/// acts on bit j of 64 elements at once.
///
/// Shapes:  words n, slices 64 blocks. Bits of missing elements are 0. The two do not overlap.
/// Cost:    6 passes of exchanges over each 64 x 64 bits, 32 word pairs each.
/// Errors:  std::invalid_argument if the sizes do not belong together.
/// Source:  the recursive transpose of a bit matrix, H. S. Warren, "Hacker's Delight", 7-3.
void to_slices(std::span<const std::uint64_t> words, std::span<std::uint64_t> slices);

/// The inverse. Bits of missing elements are not read.
void from_slices(std::span<const std::uint64_t> slices, std::span<std::uint64_t> words);

}  // namespace assay::mpc
