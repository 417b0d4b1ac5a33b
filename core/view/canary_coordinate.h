#pragma once

#include <cstdint>

namespace assay {

/// The coordinate, of a model of `coordinates` parameters in the order of parameters_of(), along
/// which gradient canary `canary` of `canaries` points. A public rule: whoever audits a training
/// and whoever plants the canaries need not tell one another. Coordinates differ where there are no
/// more canaries than parameters.
constexpr std::int64_t canary_coordinate(std::int64_t canary, std::int64_t canaries,
                                         std::int64_t coordinates) {
  return canary * coordinates / canaries;
}

}  // namespace assay
