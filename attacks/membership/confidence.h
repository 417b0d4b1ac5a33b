#pragma once

#include <ATen/core/Tensor.h>

namespace assay::attacks {

/// How sure a model is of a record's label, on the scale on which it is close to normal over
/// trainings (Carlini et al., IEEE S&P 2022, section VI.A):
///
///   phi = ln p_y - ln sum_{k != y} p_k = ln(p_y / (1 - p_y)),
///
/// from the logits, since the probabilities round to 0 and 1. A single output is the logit of
/// class 1.
/// Shapes:  logits [..., outputs], labels [...] int64 -> [...] float64
at::Tensor scaled_confidence(const at::Tensor& logits, const at::Tensor& labels);

/// p_y = 1 / (1 + exp(-phi)), of scaled confidences.
at::Tensor probability(const at::Tensor& scaled_confidence);

/// ln p_y, the negative cross entropy, of scaled confidences.
at::Tensor log_probability(const at::Tensor& scaled_confidence);

}  // namespace assay::attacks
