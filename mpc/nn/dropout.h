#pragma once

#include "core/random/csprng.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Each entry kept with chance 1 - rate and divided by that, else 0. Which ones is public, and all
/// parties must draw it alike, from a generator seeded with the same key: it says nothing of the
/// data, and costs no message.
///
/// `whole_channels`: whole channels of x [N, C, ...] are dropped (Dropout2d, Dropout3d).
/// Error: 1 unit in the last place, in the gradient too. Evaluation leaves dropout out.
/// Errors: std::invalid_argument unless 0 <= rate < 1.
Variable dropout(Protocol& p, const Variable& x, double rate, Csprng& common,
                 bool whole_channels = false);

}  // namespace assay::mpc::nn
