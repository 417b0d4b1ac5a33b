#include "dp/audit/canaries.h"

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>
#include <unordered_set>

namespace assay::dp {

void Canaries::validate(std::int64_t count) const {
  if (records.empty()) throw std::invalid_argument("expected canaries, got none");
  if (included.size() != records.size()) {
    throw std::invalid_argument(fmt::format("expected a coin for each of {} canaries, got {}",
                                            records.size(), included.size()));
  }
  std::unordered_set<std::int64_t> seen;
  for (const auto record : records) {
    if (record < 0 || record >= count) {
      throw std::invalid_argument(
          fmt::format("expected canaries among the records 0 to {}, got {}", count - 1, record));
    }
    if (!seen.insert(record).second)
      throw std::invalid_argument(fmt::format("expected canaries to differ, got {} twice", record));
  }
  if (gradient_norm && !(*gradient_norm > 0.0 && std::isfinite(*gradient_norm))) {
    throw std::invalid_argument(
        fmt::format("expected a norm of canaries above 0, got {}", *gradient_norm));
  }
}

}  // namespace assay::dp
