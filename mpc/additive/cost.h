#pragma once

#include "core/net/tag.h"
#include "mpc/cost.h"

namespace assay::mpc::additive {

/// What the operations on `elements` values cost n parties, on dealt wires; a wire that is not
/// dealt is opened first. An opening is a message of each party to each other one.
class Costs {
 public:
  /// `corrections`: the provider sends 8 bytes for each word that it deals (third_party()).
  explicit Costs(Rank parties, bool corrections = false)
      : parties_(parties), corrections_(corrections) {}

  Cost input(std::int64_t elements) const;
  /// Of shares: settling a product, or masking a wire.
  Cost opening(std::int64_t elements) const;
  Cost reveal(std::int64_t elements) const { return opening(elements) + dealt(elements); }
  Cost reveal_to(std::int64_t elements) const { return input(elements) + dealt(elements); }
  /// Of `elements` results, whatever the map.
  Cost product(std::int64_t elements) const { return dealt(elements); }
  /// Of a product, which is opened for it.
  Cost truncate(std::int64_t elements) const { return opening(elements) + dealt(2 * elements); }
  /// Of a dealt wire, as after a public scale.
  Cost truncate_wire(std::int64_t elements) const { return dealt(2 * elements); }
  Cost truncate_exactly(std::int64_t elements, int bits) const;
  Cost is_negative(std::int64_t elements) const;
  Cost is_zero(std::int64_t elements) const;
  Cost conjunction(std::int64_t elements) const;
  Cost to_number(std::int64_t elements) const { return dealt(elements); }
  Cost select(std::int64_t elements) const { return dealt(2 * elements); }
  /// `large`: exponents of 7 and more are possible.
  Cost power_of_two(std::int64_t elements, bool large) const;
  Cost unit_circle(std::int64_t elements) const {
    return opening(2 * elements) + dealt(6 * elements);
  }
  /// `slots`: the power of two that `count` is rounded up to.
  Cost unit_vector(std::int64_t elements, std::int64_t slots) const {
    return dealt(slots * elements);
  }
  Cost conjunction_of_words(std::int64_t elements) const {
    return opening(elements) + dealt(elements);
  }
  Cost prefix_sum(std::int64_t elements) const;
  Cost add_words(std::int64_t elements) const {
    return conjunction_of_words(elements) + prefix_sum(elements);
  }
  Cost to_words(std::int64_t elements) const { return dealt(elements) + prefix_sum(elements); }
  Cost words_to_number(std::int64_t elements) const { return dealt(64 * elements); }

 private:
  Cost dealt(std::int64_t words) const { return {.offline_bytes = corrections_ ? 8 * words : 0}; }
  Cost bits(std::int64_t rows, std::int64_t elements) const;
  Cost comparison(std::int64_t nibbles, bool less, std::int64_t elements) const;

  Rank parties_;
  bool corrections_;
};

}  // namespace assay::mpc::additive
