#include "core/random/box_muller.h"

#include <bit>
#include <cmath>

// One loop without branches, which the compiler turns into vectors of the width that the processor
// has: GCC keeps one copy of the function for each instruction set and chooses when the program
// starts. No product and sum may be contracted (the file's compile options), so that all copies
// give the same bits.

namespace assay {
namespace {

/// ln u = ln(1 - c) for 0 < u < 1, from both so that neither end loses digits: u = 2^e (1 + x) with
/// 1 + x in [sqrt(1/2), sqrt(2)), and the polynomial of Cephes' logf (Moshier), to 2^-23 relative.
inline float natural_log(float u, float c) {
  const auto bits = std::bit_cast<std::uint32_t>(u);
  const auto above = static_cast<std::int32_t>(bits - 0x3f3504f3U);  // sqrt(1/2)
  const auto exponent = above >> 23;
  const auto mantissa = (static_cast<std::uint32_t>(above) & 0x007fffffU) + 0x3f3504f3U;
  const auto x = exponent == 0 ? -c : std::bit_cast<float>(mantissa) - 1.0F;
  const auto z = x * x;
  auto y = 7.0376836292e-2F;
  y = y * x - 1.1514610310e-1F;
  y = y * x + 1.1676998740e-1F;
  y = y * x - 1.2420140846e-1F;
  y = y * x + 1.4249322787e-1F;
  y = y * x - 1.6668057665e-1F;
  y = y * x + 2.0000714765e-1F;
  y = y * x - 2.4999993993e-1F;
  y = y * x + 3.3333331174e-1F;
  const auto e = static_cast<float>(exponent);
  y = y * x * z - 2.12194440e-4F * e - 0.5F * z;
  return x + y + 0.693359375F * e;
}

}  // namespace

// Not with sanitizers, whose runtimes start too late for the choice.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void box_muller(const std::uint32_t* __restrict words, float* __restrict out, std::size_t pairs) {
  constexpr float kQuarterTurn = 1.57079632679489662F;
  for (std::size_t i = 0; i < pairs; ++i) {
    // 31 bits and a half, since vectors have conversions of signed numbers only.
    const auto k = static_cast<std::int32_t>(words[i] >> 1);
    const auto u = static_cast<float>(k) * 0x1p-31F + 0x1p-32F;
    const auto c = static_cast<float>(0x7fffffff - k) * 0x1p-31F + 0x1p-32F;
    const auto radius = std::sqrt(-2.0F * natural_log(u, c));

    // The direction: an angle t of at most an eighth of a turn, and one of four quadrants.
    const auto word = words[pairs + i];
    const auto fraction =
        static_cast<float>(static_cast<std::int32_t>(word & 0x3fffffffU)) * 0x1p-30F;
    const auto t = (fraction - 0.5F) * kQuarterTurn;
    const auto z = t * t;
    const auto sine =
        ((-1.9515295891e-4F * z + 8.3321608736e-3F) * z - 1.6666654611e-1F) * z * t + t;
    const auto cosine =
        ((2.443315711809948e-5F * z - 1.388731625493765e-3F) * z + 4.166664568298827e-2F) * z * z -
        0.5F * z + 1.0F;
    const bool turned = (word & 0x40000000U) != 0;
    const auto sign = word & 0x80000000U;
    const auto x = radius * (turned ? -sine : cosine), y = radius * (turned ? cosine : sine);
    out[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ sign);
    out[pairs + i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(y) ^ sign);
  }
}

}  // namespace assay
