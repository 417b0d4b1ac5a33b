#pragma once

#include "dp/accounting/history.h"
#include "dp/accounting/plan_grid.h"
#include "dp/accounting/privacy_loss.h"

namespace assay::dp {

/// The privacy loss distribution accountant: the dominating pair of each release on a grid, from
/// above or from below, composed by the fast Fourier transform, in both directions, of which the
/// worse one counts. Histories may mix mechanisms.
///
/// Upper values are never below the truth: discretisation, cut-off tails and the rounding of the
/// transform are in them (discretize.h, compose.h); where RDP is tighter, far from usual
/// parameters, pld_epsilon is RDP's. Lower ones are never above that of the dominating pair, so
/// that both together say how much the numbers themselves cost: some 1e-4 of epsilon, more where
/// sampling is sparse and noise small. Cost: about 0.1 s and 40 MB at 10^6 releases of one kind;
/// one transform more for each further kind; delta at epsilon takes a few times that. Errors:
/// std::invalid_argument unless 0 < delta < 1 or epsilon is finite and >= 0, and as privacy_loss.
double pld_epsilon(const History& history, double delta, const GridLimits& limits = {});
double pld_epsilon(const History& history, double delta, Direction direction,
                   const GridLimits& limits = {});
double pld_epsilon_lower(const History& history, double delta, const GridLimits& limits = {});

double pld_delta(const History& history, double epsilon, const GridLimits& limits = {});
double pld_delta(const History& history, double epsilon, Direction direction,
                 const GridLimits& limits = {});
double pld_delta_lower(const History& history, double epsilon, const GridLimits& limits = {});

}  // namespace assay::dp
