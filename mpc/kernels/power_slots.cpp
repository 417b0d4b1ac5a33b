#include "mpc/kernels/power_slots.h"

#include <algorithm>
#include <stdexcept>

namespace assay::mpc {
namespace {

/// low 2^shift, rounded; 0 beyond what a word holds. Without a branch, so that loops vectorise.
[[gnu::always_inline]] inline std::uint64_t shifted(std::uint64_t low, std::int64_t shift) {
  const auto left = static_cast<std::uint64_t>(std::clamp<std::int64_t>(shift, 0, 32));
  const auto right = static_cast<std::uint64_t>(std::clamp<std::int64_t>(-shift, 0, 63));
  const std::uint64_t half = (std::uint64_t{1} << right) >> 1;
  return ((low << left) + half) >> right;
}

}  // namespace

// Shifts by a number of each element's own are slow without AVX2; the loader picks the version.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
[[gnu::target_clones("avx512f", "avx2", "default")]]
#endif
void power_sums(std::span<const std::uint64_t> slots, std::span<const std::uint64_t> whole,
                std::span<const std::uint64_t> low, std::span<std::uint64_t> fine,
                std::span<std::uint64_t> coarse) {
  const auto n = whole.size();
  if (slots.size() != n * kPowerSlots || low.size() != n || fine.size() != n ||
      (!coarse.empty() && coarse.size() != n)) {
    throw std::invalid_argument("power_sums: expected spans of one number of elements");
  }
  std::fill(fine.begin(), fine.end(), 0);
  std::fill(coarse.begin(), coarse.end(), 0);
  constexpr std::size_t kBlock = 512;  // elements whose sums stay in the first cache
  for (std::size_t begin = 0; begin < n; begin += kBlock) {
    const auto end = std::min(n, begin + kBlock);
    for (std::int64_t k = 0; k < kPowerSlots; ++k) {
      const auto* slot = slots.data() + static_cast<std::size_t>(k) * n;
      for (std::size_t i = begin; i < end; ++i) {
        const auto d = static_cast<std::int64_t>(whole[i]) - k;
        const auto e = d > 0 ? d - 32 : d + 32;
        const bool counts = d != 0, small = e < kPowerSmall;
        fine[i] += slot[i] * (counts && small ? shifted(low[i], e + kPowerFine - 30) : 0);
      }
      if (coarse.empty()) continue;
      for (std::size_t i = begin; i < end; ++i) {
        const auto d = static_cast<std::int64_t>(whole[i]) - k;
        const auto e = d > 0 ? d - 32 : d + 32;
        const bool counts = d != 0, small = e < kPowerSmall;
        coarse[i] += slot[i] * (counts && !small ? shifted(low[i], e + kPowerCoarse - 30) : 0);
      }
    }
  }
}

}  // namespace assay::mpc
