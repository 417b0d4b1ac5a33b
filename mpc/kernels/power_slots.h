#pragma once

#include <cstdint>
#include <span>

namespace assay::mpc {

/// 2^y for masked y, from a dealt unit vector: the sums of mpc/additive/power_of_two.cpp.
///
/// Slot k of an element holds a share of u [k = h], where h is the mask's whole part modulo 64 and
/// u = 2^-(its fraction). With w the opening's whole part modulo 64 and `low` = 2^(its fraction),
/// both public, 2^y is the sum over k of low 2^e(w - k) u [k = h], e(d) = d - 32 for d > 0 and d +
/// 32 for d < 0; d = 0 lies outside the domain and adds nothing.

inline constexpr std::int64_t kPowerSlots = 64;
inline constexpr int kPowerSmall = 7;   ///< exponents e below it belong to the fine sum
inline constexpr int kPowerFine = 30;   ///< fraction bits of the public factors of the fine sum,
inline constexpr int kPowerCoarse = 9;  ///< and of the coarse sum: together they cover 2^31

/// Both sums modulo 2^64. Shapes: slots [64][n], whole and low [n], low with 30 fraction bits in
/// [1, 2); fine and coarse [n], coarse may be empty if no exponent of 7 or more occurs.
/// Cost: 128 multiply-adds for each element.
void power_sums(std::span<const std::uint64_t> slots, std::span<const std::uint64_t> whole,
                std::span<const std::uint64_t> low, std::span<std::uint64_t> fine,
                std::span<std::uint64_t> coarse);

}  // namespace assay::mpc
