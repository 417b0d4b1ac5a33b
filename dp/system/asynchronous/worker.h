#pragma once

#include "dp/system/training.h"

namespace assay::dp {

/// A worker of an asynchronous training (server.h). Its privacy does not depend on the server: it
/// charges each push before it sends it, and refuses to push more often than was agreed.
///
/// Errors: TransportError if the server is lost or sends something else; std::runtime_error if the
/// server asks for more pushes than max_pushes.
RankOutcome run_asynchronous_worker(Party& party, const Task& task, Environment& environment,
                                    const Setup& setup);

}  // namespace assay::dp
