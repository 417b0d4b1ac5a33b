#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Recurrent layers from zero states, laid out as LibTorch's: weight_ih [G H, in], weight_hh [G H,
/// H], bias_ih and bias_hh [G H], with G gates in LibTorch's order.
///
/// x [N, T, in] -> the hidden states [N, T, H]. All gates of a step share one sigmoid, of which a
/// tanh is made. Errors grow with T: that of each step's gates, 2^-13, and what the weights make of
/// the last step's. Rounds: for each step those of sigmoid and tanh and 4 to 5 products; back 2 for
/// each of these.
struct RecurrentWeights {
  Variable weight_ih, weight_hh, bias_ih, bias_hh;
};

/// Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (1997), with forget
/// gates: gates input, forget, cell, output.
/// Errors: std::invalid_argument if the shapes do not fit.
Variable lstm(Protocol& p, const Variable& x, const RecurrentWeights& weights);

/// Cho et al., arXiv:1406.1078: gates reset, update, new.
/// Errors: std::invalid_argument if the shapes do not fit.
Variable gru(Protocol& p, const Variable& x, const RecurrentWeights& weights);

}  // namespace assay::mpc::nn
