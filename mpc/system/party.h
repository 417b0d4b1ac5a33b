#pragma once

#include "mpc/additive/files/provider.h"
#include "mpc/system/mpc_system.h"

namespace assay::mpc {

/// What one rank has of a training at its end.
struct PartyOutcome {
  std::optional<Model> model;  ///< at ranks that learn it
  RankUse use;
};

/// One rank's side of a training, a party or the dealer. `dealt`: its file, if all was dealt ahead.
PartyOutcome run_party(Party& party, const Task& task, Environment& environment,
                       const MpcOptions& options, const additive::FileProviderOptions* dealt);

/// The same training by a dealer ahead of the run, on masks. `recorder` is told what it knows.
void run_dealer(additive::Additive& protocol, const Task& task, Environment& environment,
                Recorder& recorder, const MpcOptions& options);

}  // namespace assay::mpc
