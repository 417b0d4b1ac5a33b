#pragma once

#include "core/net/tag.h"
#include "mpc/cost.h"

namespace assay::mpc::additive {

/// What the operations on `elements` values cost n parties, online, beyond the masking of wires
/// that are not dealt: see opening(). An opening is a message of each party to each other one.
class Costs {
 public:
  explicit Costs(Rank parties) : parties_(parties) {}

  Cost input(std::int64_t elements) const;
  /// Of shares: what reveal, settle, truncate of a product, and the masking of a wire are made of.
  Cost opening(std::int64_t elements) const;
  Cost reveal_to(std::int64_t elements) const;
  Cost truncate(std::int64_t elements) const { return opening(elements); }
  Cost truncate_exactly(std::int64_t elements, int bits) const;
  Cost is_negative(std::int64_t elements) const;
  Cost is_zero(std::int64_t elements) const;
  Cost conjunction(std::int64_t elements) const;

 private:
  Cost bits(std::int64_t rows, std::int64_t elements) const;
  Cost comparison(std::int64_t nibbles, bool less, std::int64_t elements) const;

  Rank parties_;
};

}  // namespace assay::mpc::additive
