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

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// For a run of so many steps; null for noise that is drawn anew.
std::shared_ptr<const NoiseMatrix> make_noise_matrix(const CorrelationOptions& options,
                                                     std::int64_t steps);

}  // namespace assay::dp
