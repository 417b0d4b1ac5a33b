#pragma once

#include <ATen/core/Tensor.h>

namespace assay {

enum class Loss {
  cross_entropy,    ///< softmax over the outputs, integer labels
  bce_with_logits,  ///< one output, labels 0 / 1
  mse,              ///< squared error against the one-hot label, or against numbers
};

/// The loss of each example, any number of leading dimensions, differentiable in the logits.
///
/// Shapes:  logits [..., outputs], labels [...] int64, or for mse numbers [..., outputs] -> [...]
at::Tensor per_example_loss(Loss loss, const at::Tensor& logits, const at::Tensor& labels);

/// Cross entropy against a distribution over the classes: -sum_k target_k log softmax(logits)_k,
/// differentiable in both. Deep leakage attacks optimise `target` too.
///
/// Shapes:  logits, target [..., outputs] -> [...]
at::Tensor soft_cross_entropy(const at::Tensor& logits, const at::Tensor& target);

/// The predicted class: the largest output, or the sign of the only one.
at::Tensor predictions(const at::Tensor& logits);

}  // namespace assay
