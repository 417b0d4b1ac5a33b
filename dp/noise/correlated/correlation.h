#pragma once

#include <string>

#include "dp/noise/correlated/noise_matrix.h"

namespace assay::dp {

/// How noise of one step hangs together with that of others.
enum class Correlation {
  none,    ///< drawn anew for each step
  banded,  ///< a banded Toeplitz factorisation (banded_toeplitz.h)
  tree     ///< DP-FTRL's binary tree (binary_tree.h)
};
std::string to_string(Correlation correlation);

struct CorrelationOptions {
  Correlation kind = Correlation::none;
  std::int64_t bands = 0;  ///< banded: steps that hang together; otherwise 0
  /// tree: steps after which a new one is begun; 0: as often as leaves the least noise.
  std::int64_t restart_every = 0;

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// For a run of those steps, and records that take part so often in it; null for noise that is
/// drawn anew.
std::shared_ptr<const NoiseMatrix> make_noise_matrix(const CorrelationOptions& options,
                                                     const Participation& participation);

}  // namespace assay::dp
