#pragma once

#include "core/models/graph.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// P X for a public matrix P [rows, nodes] of real numbers and X [batch, nodes, features] ->
/// [batch, rows, features]. P is rounded to f fraction bits.
/// Error, forward and for the gradient: 1 unit in the last place, and the sum of |X| over the nodes
/// times 2^-(f+1). On dealt wires nothing is sent.
/// Domain: inputs, and sums of products in magnitude, below 2^(62-2f).
/// Errors: std::invalid_argument if the shapes do not fit.
Variable propagate(Protocol& p, const at::Tensor& matrix, const Variable& x);

/// A graph convolution on secret values at the nodes of a public graph (core/models/graph.h):
/// x [batch, nodes, in], weight [out, in], bias [out] -> [batch, rows, out].
/// Rounds on dealt wires: 1 forward, 1 for all gradients together.
Variable graph_convolution(Protocol& p, const GraphConv& layer, const Variable& x,
                           const Variable& weight, const Variable& bias);

}  // namespace assay::mpc::nn
