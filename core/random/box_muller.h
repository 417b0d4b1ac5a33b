#pragma once

#include <cstddef>
#include <cstdint>

namespace assay {

/// Independent N(0, 1) numbers from independent uniform words (Box and Muller, 1958): with u =
/// (floor(word_i / 2) + 1/2) 2^-31 and v = word_{pairs + i} 2^-32,
///
///   out_i = sqrt(-2 ln u) cos(2 pi v),  out_{pairs + i} = sqrt(-2 ln u) sin(2 pi v)
///
/// each within 5e-7; the directions v are numbered in another order. The largest is sqrt(64 ln 2) =
/// 6.66, beyond which the law has 2.7e-11. The same words give the same bits on every processor.
///
/// `words` and `out` hold 2 pairs numbers.
void box_muller(const std::uint32_t* words, float* out, std::size_t pairs);

}  // namespace assay
