#pragma once

#include <vector>

#include "dp/gradients/layer_gradient.h"
#include "dp/gradients/tape.h"

namespace assay::dp {

/// The gradients of one layer's parameters for each example of a batch.
struct PerExample {
  std::vector<LayerGradient> parts;
  at::Tensor square_norms;  ///< |g_il|^2, float64 [batch]
};

/// One backward pass from the examples' losses [batch]; of each taped layer what a gradient clipped
/// later is made of (book-keeping: Bu et al., arXiv 2210.00038). A layer's rule is applied as soon
/// as its gradients have arrived, so that what it does not need is freed on the way. A layer that
/// the losses do not depend on has no parts. `rule_seconds`: the rules' share of the time, added.
///
/// The tape is used up.
std::vector<PerExample> backward(const ModelSpec& spec, const Parameters& parameters, Tape& tape,
                                 const at::Tensor& losses, double& rule_seconds);

}  // namespace assay::dp
