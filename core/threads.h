#pragma once

namespace assay {

/// Sets the calling thread up for numerical work: LibTorch computes on this thread alone (parties
/// and workers are the parallelism), and numbers below the normal range become 0, which saturated
/// sigmoids produce in quantity and processors handle slowly.
void prepare_thread();

}  // namespace assay
