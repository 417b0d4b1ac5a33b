#pragma once

#include "core/random/csprng.h"

namespace assay::dp {

using Whole = unsigned __int128;

/// Uniform on {0, ..., bound - 1}; bound >= 1.
Whole below(Csprng& draws, Whole bound);

/// True with the probability exp(-numerator / denominator), exactly. numerator / denominator and
/// its multiples by up to 2^20 stay below 2^128 by the caller's choice.
/// Canonne, Kamath, Steinke, arXiv 2004.00010, algorithm 1.
bool exp_coin(Csprng& draws, Whole numerator, Whole denominator);

}  // namespace assay::dp
