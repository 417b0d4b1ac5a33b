#include "attacks/dp_audit/options.h"

#include <fmt/core.h>

#include <stdexcept>

namespace assay::attacks {

void AuditOptions::validate() const {
  if (guesses < 1)
    throw std::invalid_argument(fmt::format("expected 1 guess or more, got {}", guesses));
}

}  // namespace assay::attacks
