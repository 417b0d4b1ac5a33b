#pragma once

#include <cstdint>
#include <vector>

#include "core/models/spec.h"

namespace assay::dp {

/// By which factor each example's gradient enters the sum.
enum class ClippingKind {
  flat,       ///< min(1, C / |g|): Abadi et al., arXiv 1607.00133
  per_layer,  ///< min(1, C_l / |g_l|) for each layer l of the gradient: McMahan et al., 1710.06963
  automatic,  ///< C / (|g| + stabilizer): Bu et al., arXiv 2206.07136
};

/// A clip norm that no gradient of float32 numbers in use comes near: for sums without protection.
inline constexpr double kNoClipping = 1e30;

struct ClippingOptions {
  ClippingKind kind = ClippingKind::flat;
  double clip_norm = 1.0;           ///< C, L2
  std::vector<double> layer_norms;  ///< per_layer: C_l of each layer with parameters, in order;
                                    ///< empty: C / sqrt(layers) each
  double stabilizer = 0.01;         ///< automatic

  /// Errors: std::invalid_argument, also for what the kind does not use.
  void validate(const ModelSpec& spec) const;

  /// C_l of each layer with parameters (per_layer).
  std::vector<double> norms_of_layers(const ModelSpec& spec) const;

  /// The L2 norm that one example adds to the sum at most, to which the noise multiplier refers: C,
  /// or per layer sqrt(sum_l C_l^2) and not max_l C_l. An example that is replaced by another moves
  /// the sum by twice that.
  double sensitivity(const ModelSpec& spec) const;
};

/// The nodes that have parameters: the layers of per-layer clipping. Of each, its index in
/// `spec.nodes` and its range of parameters_of().
///
/// A shared parameter counts once, at the node that has it, and is clipped as that layer's whoever
/// uses it; what a layer that shares has beside it is a layer by itself. A node that shares all of
/// its parameters is none.
struct ParameterLayer {
  std::size_t node = 0, first = 0, count = 0;
};
std::vector<ParameterLayer> parameter_layers(const ModelSpec& spec);

}  // namespace assay::dp
