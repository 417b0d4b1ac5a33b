#pragma once

#include "mpc/system/mpc_system.h"

namespace assay::mpc {

/// What one rank has of a training at its end.
struct PartyOutcome {
  std::optional<Model> model;  ///< at ranks that learn it
  RankUse use;
};

/// One rank's side of a training, a party or the dealer.
PartyOutcome run_party(Party& party, const Task& task, Environment& environment,
                       const MpcOptions& options);

}  // namespace assay::mpc
