#pragma once

#include "dp/system/training.h"

namespace assay::dp {

/// The server of an asynchronous training (Dean et al., "Large Scale Distributed Deep Networks",
/// NIPS 2012, with a bound on staleness, Ho et al., NIPS 2013; the noise as in docs/dp.md). Time
/// counts in versions: version v is the model after v updates.
///
///   every worker, whenever it has a model:  draws from its own clients' records, clips, adds *all*
///                                           of the noise, charges its ledger, pushes
///   server, at each push of version v':     charges that worker; v - v' <= max_staleness: the sum
///                                           over that worker's expected batch is a step of the
///                                           optimiser, v <- v + 1; else the push is rejected.
///                                           Answers with the model.
///
/// A model's age is post-processing: it costs accuracy and no privacy. A rejected push was seen
/// and is charged as any. Workers hold different records, so that what the training costs a record
/// is what its own worker pushed (parallel composition); claims are for the worst worker.
///
/// A worker that is lost is charged one push more, which may have been on its way, and the others
/// go on. The training ends after train.rounds updates, or when every worker has spent its
/// max_pushes; who is still at work then is charged one push more, as it will be sent.
///
/// At a probe the server lets every worker finish its push, and holds these until after it; then
/// all compute from the same model. A worker learns the sum of the pushes between two of its models
/// from their difference: a probe is not applied, so that the server sends it.
///
/// Errors: TransportError if every worker is lost, one is lost that a probe needs, or a message is
/// not what it should be.
RankOutcome run_asynchronous_server(Party& party, const Task& task, Environment& environment,
                                    const Setup& setup);

}  // namespace assay::dp
