#pragma once

#include <algorithm>
#include <cstdint>

namespace assay::mpc {

/// What an operation declares to cost; the conformance tests compare it with what was counted.
///
/// Costs add up where one operation waits for the other, and merge where they run side by side.
struct Cost {
  std::int64_t rounds = 0;         ///< longest chain of dependent messages
  std::int64_t bytes = 0;          ///< online payload, sent by all parties together
  std::int64_t offline_bytes = 0;  ///< sent by the provider of correlated randomness

  Cost operator+(const Cost& next) const {
    return {rounds + next.rounds, bytes + next.bytes, offline_bytes + next.offline_bytes};
  }
  Cost operator|(const Cost& other) const {
    return {std::max(rounds, other.rounds), bytes + other.bytes,
            offline_bytes + other.offline_bytes};
  }
  bool operator==(const Cost&) const = default;
};

}  // namespace assay::mpc
