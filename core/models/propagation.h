#pragma once

#include <ATen/core/Tensor.h>

#include "core/models/graph.h"

namespace assay {

/// The rows of D^-1/2 (A + I) D^-1/2 that a graph convolution computes, D the degrees of A + I:
/// the renormalised adjacency of Kipf and Welling, ICLR 2017, section 2.2.
///
/// Shape: [rows, nodes], float64.
at::Tensor propagation(const GraphConv& layer);

}  // namespace assay
