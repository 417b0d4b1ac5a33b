#pragma once

#include "dp/system/record_sum.h"

namespace assay::dp {

/// What one client adds to a step where the client is the unit (McMahan et al., arXiv 1710.06963):
/// all of it is clipped, so that the client, with however many records, moves the sum by C at most.
///
///   w_0 = w
///
///   w_{k+1} = w_k - lr g_k,   g_k the gradient of the mean loss of its k-th batch at w_k
///
///   contribution = clip(g_0 + ... + g_{L-1})
///
/// One local step (L = 1) is DP-FedSGD: the mean gradient over the client's batch. More are
/// DP-FedAvg: the sum of the gradients is the change of its model over -lr, so that plain SGD at
/// the rate lr on the noisy mean averages the clients' models, clipped at lr C. Momentum, weight
/// decay and Adam belong to the released sums and play no part in local steps.
///
/// A batch is one client's: the records of its local steps one after the other, as many for each.
/// What is not finite adds nothing. Zeros of no records. In the ClippedSum `examples` counts
/// clients.
std::unique_ptr<RecordSum> clipped_clients(const Setup& setup, const Task& task, Rank worker);

/// The gradient of the mean loss over these records, from slices of `micro_batch` (0: all at once)
/// that bound the memory.
Parameters mean_gradient(const ModelSpec& model, const Parameters& weights, Loss loss,
                         const Dataset& records, std::int64_t micro_batch);

}  // namespace assay::dp
