#pragma once

#include <cstdint>

#include "core/random/csprng.h"

namespace assay::dp {

/// One draw of the discrete Laplace law on the integers, exactly: the chance of x is proportional
/// to exp(-|x| / scale). Canonne, Kamath, Steinke, arXiv 2004.00010, algorithm 2. scale >= 1.
std::int64_t discrete_laplace(Csprng& draws, std::int64_t scale);

}  // namespace assay::dp
