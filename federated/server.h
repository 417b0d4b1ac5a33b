#pragma once

#include "federated/rounds.h"

namespace assay::federated {

/// The server's side of every round; returns the trained model.
Model run_server(Party& party, const Task& task, Environment& environment);

}  // namespace assay::federated
