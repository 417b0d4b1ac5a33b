#pragma once

#include "core/net/network.h"
#include "core/net/reduce/all_reduce.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// The sum of the workers' sealed parts, at every rank: by the all-reduce, or through the server,
/// which adds them in the order of their ranks and sends the total back.
///
/// `own`: this worker's part; at the server, zeros of the same form. Cost: as cost_of(reduction());
/// with a server 2 rounds and 2 n m bytes, for n workers and parts of m bytes.
/// Errors: TransportError if a peer is lost or its message has another size.
at::Tensor exchange(Transport& wire, const Setup& setup, const Tag& tag, const at::Tensor& own,
                    const OnPartialSum& observe = {});

}  // namespace assay::dp
