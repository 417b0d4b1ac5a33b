#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "core/random/keystream.h"

namespace assay {

/// Protocol randomness: shares, masks, privacy noise, keys.
///
/// A cryptographic generator (AES-128-CTR) that belongs to one purpose. It is a type of its own:
/// nothing that draws experiment randomness (Stream) accepts it, and the other way round.
/// Generators for further purposes are derived, so that no (key, counter) pair is ever used for two
/// of them.
class Csprng {
 public:
  using result_type = std::uint64_t;  // a UniformRandomBitGenerator

  /// The generator of `key` for `purpose`; the same two give the same draws.
  Csprng(const Key& key, std::string_view purpose);

  /// A generator whose draws are independent of this one's and of every other purpose's.
  Csprng child(std::string_view purpose, std::uint64_t counter = 0) const;

  void fill(std::span<std::byte> out) { stream_.fill(out); }
  result_type operator()() { return stream_.next_u64(); }
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  /// Independent N(0, stddev^2) float32 draws on the CPU.
  ///
  /// Floating-point samples: right for measuring a defense's effect, not for a differential-privacy
  /// claim, whose noise must withstand attacks on floating-point arithmetic.
  at::Tensor normal(at::IntArrayRef sizes, double stddev);

 private:
  explicit Csprng(const Key& key);

  Key key_;
  Keystream stream_;
};

}  // namespace assay
