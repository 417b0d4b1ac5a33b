#pragma once

#include <memory>

#include "core/system.h"

namespace assay::federated {

/// Synchronous federated learning with one server (rank 0) and clients 1 ... n.
///
///   round r:  server -> clients   global_model   w_r
///             client -> server    client_update  through the client's defense
///             server              w_{r+1} from the mean of the updates, weighted by examples
///
/// With one local step this is FedSGD: a client sends the mean gradient of one batch, and the
/// server's optimiser takes the step. With more it is FedAvg (McMahan et al., AISTATS 2017): a
/// client takes `local_steps` steps with an optimiser of its own, fresh every round, and sends the
/// change of its weights; the server adds the mean change.
///
/// A probe round has one more message: the server returns the mean of the updates instead of the
/// next model, which tells clients exactly as much, since the server's rule is public.
///
/// Cost: 2 rounds for each round of training; a model to and an update from every client.
std::unique_ptr<System> make_synchronous();

}  // namespace assay::federated
