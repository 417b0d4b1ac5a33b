#pragma once

#include <vector>

#include "core/random/stream.h"
#include "core/view/observation.h"

namespace assay::attacks {

/// The value of a secret of which some shares are known, in float64. Shares whose summands overlap
/// are not both used: those that cover more go first. The sum of what is missing is drawn at
/// random.
///
/// Errors: std::invalid_argument if there is no share, or if they are of different shapes, numbers
/// of summands or fraction bits.
at::Tensor recombine(std::vector<const Observation*> shares, Stream& stream);

}  // namespace assay::attacks
