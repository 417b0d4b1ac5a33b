#pragma once

#include "core/defense.h"

namespace assay::defenses {

struct PruneOptions {
  enum class Scope {
    global,  ///< the largest of the whole update
    tensor,  ///< the largest of each parameter tensor: every layer loses the same share
  };
  double keep = 0.1;  ///< share of the coordinates that are sent, in (0, 1]
  Scope scope = Scope::global;

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Sends only the coordinates of largest magnitude (top-k) of the update or of each tensor, at
/// least one; the others read 0.
///
/// Wire format: examples u64 | count u64 | where they are | the values as float32 in order.
/// Positions are a bitmap of all coordinates or u32 indices in ascending order, whichever is
/// shorter. Cost: about keep * 32 + min(1, keep * 32) bits for each coordinate instead of 32.
std::unique_ptr<Defense> prune(const ModelSpec& spec, const PruneOptions& options);

}  // namespace assay::defenses
