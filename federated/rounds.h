#pragma once

#include "core/system.h"

namespace assay::federated {

constexpr Rank kServer = 0;

inline Tag model_tag(Phase phase, std::uint64_t sequence) {
  return {phase, "global_model", sequence};
}
inline Tag update_tag(Phase phase, std::uint64_t sequence) {
  return {phase, "client_update", sequence};
}
inline Tag aggregate_tag(std::uint64_t sequence) {
  return {Phase::probe, "aggregate", sequence};
}

}  // namespace assay::federated
