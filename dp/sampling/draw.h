#pragma once

#include <vector>

#include "core/random/csprng.h"

namespace assay::dp {

/// Whether an event of this probability happens, by a coin of 64 bits: never more often than it
/// says, and less often by 2^-64 at most.
class Coin {
 public:
  /// Errors: std::invalid_argument unless 0 <= probability <= 1.
  explicit Coin(double probability);
  bool operator()(Csprng& draws) const { return certain_ || draws() < threshold_; }

  /// The places, ascending, of those among `coins` such coins for which it happens. A coin's 64
  /// bits are drawn as far as they matter: mostly the first eight, and all where these are the
  /// threshold's.
  std::vector<std::int64_t> heads(Csprng& draws, std::int64_t coins) const;

 private:
  std::uint64_t threshold_ = 0;
  bool certain_ = false;
};

/// Uniform on {0, ..., bound - 1}; bound >= 1.
std::int64_t below(Csprng& draws, std::int64_t bound);

/// A uniformly random subset of so many of the values, which are left in any order, the subset in
/// front.
void choose(Csprng& draws, std::vector<std::int64_t>& values, std::int64_t count);

}  // namespace assay::dp
