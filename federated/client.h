#pragma once

#include "federated/rounds.h"

namespace assay::federated {

/// One client's side of every round.
void run_client(Party& party, const Task& task, Environment& environment);

}  // namespace assay::federated
