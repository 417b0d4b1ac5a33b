#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/models/spec.h"
#include "core/random/stream.h"

namespace assay {

/// The parameters of a model, or a gradient or update of them: one tensor per entry of
/// parameters_of().
using Parameters = std::vector<at::Tensor>;

/// Parameters drawn by the model's initialization law; float32, no gradient required.
Parameters initial_parameters(const ModelSpec& spec, Stream& stream);

/// The statistics that normalisations start from: means 0, variances 1.
Parameters initial_statistics(const ModelSpec& spec);

/// The logits of a batch, differentiable in `parameters` and `x` by autograd (twice and more).
/// BatchNorm layers use the statistics of the batch.
///
/// Shapes:  x [batch, input_shape...] -> [batch, outputs]
/// Errors:  std::invalid_argument if the shapes do not fit the model.
at::Tensor forward(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x);

/// The same in evaluation: BatchNorm layers use kept statistics, one tensor per entry of
/// statistics_of().
at::Tensor forward(const ModelSpec& spec, const Parameters& parameters,
                   const Parameters& statistics, const at::Tensor& x);

/// The same for many models of one architecture at once, each with parameters and a batch of its
/// own: one graph for all, which is several times faster than one graph each for small models.
///
/// Shapes:  parameters [models, shape...], x [models, batch, input_shape...]
///          -> [models, batch, outputs]
/// Errors:  std::invalid_argument if the shapes do not fit the model.
at::Tensor forward_many(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x);

/// A trained (or fresh) model.
struct Model {
  ModelSpec spec;
  Parameters parameters;
  Parameters statistics = {};  ///< of its BatchNorm layers, if it has any and keeps them
};

}  // namespace assay
