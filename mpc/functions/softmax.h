#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// e^x_i / sum_k e^x_k along a dimension of K entries, K at most 2^(62-2f). Absolute error 2^-13.
Secret softmax(Protocol& p, const Secret& x, std::int64_t dim);
/// x_i - ln sum_k e^x_k. Absolute error 2^-11 + |x| 2^-15.
Secret log_softmax(Protocol& p, const Secret& x, std::int64_t dim);

}  // namespace assay::mpc
