#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/random/keystream.h"

namespace assay {

/// Experiment randomness: initial weights, data order, partitions, an attack's starts.
///
/// A stream is named. `stream.child("weights")` depends on the seed and the path of names alone,
/// never on what was drawn before, so results do not depend on the number of workers, on resuming,
/// or on the timing of threads.
class Stream {
 public:
  using result_type = std::uint64_t;  // a UniformRandomBitGenerator

  /// The root stream of `seed`.
  explicit Stream(std::uint64_t seed);

  Stream child(std::string_view name) const;
  Stream child(std::string_view name, std::int64_t index) const;

  result_type operator()() { return stream_.next_u64(); }
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  /// Uniform on [0, 1).
  double uniform();
  /// Uniform on {0, ..., bound - 1}; bound >= 1.
  std::int64_t below(std::int64_t bound);
  double normal();
  /// Gamma with the given shape and scale 1.
  double gamma(double shape);

  /// Float32 tensors on the CPU.
  at::Tensor uniform(at::IntArrayRef sizes, double low, double high);
  at::Tensor normal(at::IntArrayRef sizes, double mean = 0.0, double stddev = 1.0);

  /// Uniformly random 64-bit words, as int64.
  at::Tensor words(at::IntArrayRef sizes);

  /// A uniformly random order of {0, ..., n - 1}.
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  explicit Stream(const Key& key);

  Key key_;
  Keystream stream_;
};

}  // namespace assay
