#pragma once

#include <memory>

#include "core/system.h"
#include "dp/audit/canaries.h"
#include "dp/system/options.h"

namespace assay::dp {

/// Differentially private SGD over workers (Abadi et al., arXiv 1607.00133; distributed as in
/// docs/dp.md): every example's gradient is clipped where its record lies, before anything is
/// summed; noise is drawn by one worker or shares of it by all; the noisy sum over the expected
/// batch is the step of the optimiser. Or every client's whole contribution is (options.clip_unit).
///
/// train.batch counts the expected examples of each client and step, train.rounds the steps. Each
/// record of all clients has the same chance to be drawn. Where clients are the units, each of them
/// has the same chance, and computes on train.batch of its records in each of train.local_steps
/// (client_sum.h). Claims are made against every role that
/// exists, from what was released.
///
/// Errors of train(): std::invalid_argument for what options and task do not allow (setup.h);
/// TransportError naming rank, step and message if a rank is lost.
std::unique_ptr<System> make_dp_sgd(const DpSgdOptions& options);

/// The same with canaries among its records, for an audit. With gradient canaries the model of
/// every step is released, since the claims hold for that, and every worker remembers its noise.
std::unique_ptr<System> make_audited_dp_sgd(const DpSgdOptions& options, Canaries canaries);

/// The same without clipping and noise: what its matched control trains.
DpSgdOptions unprotected(DpSgdOptions options);

}  // namespace assay::dp
