#pragma once

#include "dp/accounting/loss_pmf.h"
#include "dp/accounting/privacy_loss.h"

namespace assay::dp {

/// Grids of a privacy loss. Every cell between neighbouring grid points is integrated on its own
/// (Gauss-Legendre), so that no mass is a difference of large numbers. `tail` is the mass that may
/// be cut off on either side of each part. Cost: about 0.1 us a cell; cells = range of losses /
/// interval. Errors: std::invalid_argument where that is more than 2^24.

/// Connect the dots (Doroshenko et al., arXiv 2207.04380): each cell's masses of P and Q, both
/// preserved, go to its two ends. Its hockey-stick curve is the chord through the true one's values
/// at grid points: above it everywhere, and so is every composition. The low tail goes up, the high
/// one to infinity.
LossPmf dots_above(const PrivacyLoss& loss, double interval, double tail);

/// The optimistic counterpart: the same dots lowered until the chords lie below the true curve. A
/// cell's chord exceeds the curve by at most a b (e^h - 1) e^(-upper end) / Q(cell), with a and b
/// the masses at its ends. Tails are dropped. Where the grid is too coarse for that, cells are
/// rounded down. Compositions are below the truth.
LossPmf dots_below(const PrivacyLoss& loss, double interval, double tail);

/// Each cell's mass at its middle, and the grid shifted so that the mean loss is the true one
/// (Gopi, Lee, Wutschitz, arXiv 2106.02848, section 5). Tails and losses beyond +-`limit` are
/// dropped and the rest is scaled to 1. Neither above nor below: the PRV accountant bounds the
/// difference.
LossPmf centred_cells(const PrivacyLoss& loss, double interval, double tail, double limit);

}  // namespace assay::dp
