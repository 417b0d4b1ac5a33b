#pragma once

#include "core/data/dataset.h"
#include "core/models/forward.h"

namespace assay {

/// The logits of every record, computed in slices so that memory stays bounded.
at::Tensor logits_of(const Model& model, const at::Tensor& inputs);

/// The share of records whose predicted class is their label; 0 records give 0.
double accuracy(const Model& model, const Dataset& data);

/// The root of the mean squared error over all numbers that are predicted. Data with targets only.
double rmse(const Model& model, const Dataset& data);

}  // namespace assay
