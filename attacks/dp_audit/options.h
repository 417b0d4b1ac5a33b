#pragma once

#include <cstdint>

namespace assay::attacks {

/// Of how many canaries the auditor guesses the coin. Chosen before it looks.
struct AuditOptions {
  std::int64_t guesses = 100;

  /// Errors: std::invalid_argument.
  void validate() const;
};

}  // namespace assay::attacks
