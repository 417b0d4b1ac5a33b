#pragma once

#include "core/models/spec.h"

namespace assay::dp {

/// Errors: std::invalid_argument naming the first layer whose output for one example depends on
/// others (BatchNorm), and what can stand in its place: one example would move all gradients, and
/// clipping bounds none of that.
void require_no_cross_example_layers(const ModelSpec& spec);

/// The model with each BatchNorm replaced: over pictures by GroupNorm of gcd(32, channels) groups
/// (Wu and He, arXiv 1803.08494; the rule of Opacus' ModuleValidator), over features by LayerNorm.
/// Parameters keep their names and shapes; another model all the same, to be trained as such.
ModelSpec without_cross_example_layers(const ModelSpec& spec);

}  // namespace assay::dp
