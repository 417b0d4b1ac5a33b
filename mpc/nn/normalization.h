#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Normalisations to mean 0 and variance 1, and the affine map after them, as LibTorch's namesakes.
///
/// Error of a normalised value y: |y| (2^-15 + 2^-f / variance) and 3 units in the last place, so
/// that variances below 2^-6 lose precision; what is added to them, epsilon, is rounded to units in
/// the last place and is one at least. Domain: variances below 2^(62-2f).
/// Rounds on dealt wires: 1 for the squares, those of inverse_sqrt, 1, and 1 for the affine map;
/// back 1 for that and 3.

/// (x - mean) / sqrt(variance + epsilon) over dimensions; the statistics keep these with size 1.
struct Standardized {
  Variable value;
  Secret mean, variance;  ///< the biased variance
};
Standardized standardize(Protocol& p, const Variable& x, at::IntArrayRef dims,
                         double epsilon = 1e-5);

/// Batch normalisation in training of x [N, C, ...]: over all dimensions but C. weight, bias [C].
struct BatchNormalized {
  Variable value;
  Secret mean, variance;  ///< of the batch, [C]; the variance unbiased, as running statistics are
};
BatchNormalized batch_norm(Protocol& p, const Variable& x, const Variable& weight,
                           const Variable& bias, double epsilon = 1e-5);
/// The same in evaluation, with statistics [C] that were kept: (1 - momentum) kept + momentum new.
Variable batch_norm(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                    const Secret& mean, const Secret& variance, double epsilon = 1e-5);
/// Dealt wires: no message.
Secret running_statistic(Protocol& p, const Secret& kept, const Secret& batch,
                         double momentum = 0.1);

/// Over the last dimensions, whose shape weight and bias have.
Variable layer_norm(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                    double epsilon = 1e-5);
/// x [N, C, ...] over each of `groups` groups of channels; weight, bias [C].
/// Errors: std::invalid_argument unless groups divides C.
Variable group_norm(Protocol& p, const Variable& x, std::int64_t groups, const Variable& weight,
                    const Variable& bias, double epsilon = 1e-5);

}  // namespace assay::mpc::nn
