#pragma once

#include "mpc/workloads/workload.h"

namespace assay::mpc {

/// Whole networks: the logits of a batch, and one step of SGD. An element is an example.
std::vector<Workload> network_workloads();

}  // namespace assay::mpc
