#pragma once

#include "core/net/network.h"
#include "core/system.h"
#include "dp/system/ledger.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// What one rank has at the end.
struct RankOutcome {
  Model model;
  std::vector<History> histories;  ///< of what this rank took part in
  RankUse use;
};

/// One rank's side of a training: a worker's, or the server's.
///
///   step t:  every worker   draws records, clips their gradients, adds its share of noise
///            its ledger     charges the step
///            all            exchange the sum
///            every rank     w_{t+1} from the sum over the expected batch, by the optimiser
///
/// Every rank takes every step, also where nobody was drawn. A probe is a step on given records
/// whose sum nobody applies; it is charged to nobody, being the experiment's and no release.
///
/// Asynchronously (options.asynchronous): asynchronous/server.h.
RankOutcome run_rank(Party& party, const Task& task, Environment& environment, const Setup& setup);

}  // namespace assay::dp
