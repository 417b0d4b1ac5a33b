#pragma once

#include <string>
#include <vector>

#include "dp/accounting/history.h"

namespace assay::dp {

/// Renyi differential privacy (Mironov 2017) of one release at order alpha > 1: the Renyi
/// divergence, at most, between its outputs on neighbouring data sets; infinite without noise.
///
/// Poisson sampling: D(mixture || Gaussian), which is the larger of the two directions (Mironov,
/// Talwar, Zhang 2019, theorem 5), by an exact sum at whole orders and by the exact signed series
/// of their section 3.3 at the others. Where that series does not converge within 10,000 terms the
/// value is interpolated between the neighbouring whole orders, which is an upper bound because
/// (alpha - 1) D_alpha is convex in alpha.
///
/// Skellam noise: by bounds at whole orders (skellam_divergence.h), interpolated likewise. Poisson
/// sampling of it is the same exact sum over the bounds of orders 2 to alpha. That D(mixture ||
/// noise) is the larger direction holds for it too: a shift of whole numbers v and the reflection
/// x -> v - x, which maps the integers onto themselves one to one, exchange the two laws P and Q of
/// the pair, and this is all that the theorem uses. With r = P/Q, which becomes 1/r, a = 1-q+qr and
/// b = 1-q+q/r for r >= 1, the difference of both moments is a mean of
///   a^alpha - a^(1-alpha) - r (b^(1-alpha) - b^alpha)
///     = (a-1) [s(1/a) - s(b)],   s(y) = (y^(1-alpha) - y^alpha) / (1 - y) = sum of y^i, |i| <
///     alpha,
/// and s falls on (0, 1] while a b >= 1, so that it is never negative.
/// Errors: std::invalid_argument for alpha <= 1, and for truncated_poisson and fixed_size, which
/// have no RDP bound here (their PLD is exact).
double renyi_divergence(const Mechanism& mechanism, Relation relation, double order);

/// The orders that are tried: 1.1 to 10.9 in steps of 0.1, 11 to 63, 128, 256, 512, 1024.
const std::vector<double>& default_orders();

struct RdpEpsilon {
  double epsilon = 0.0;  ///< an upper bound
  double order = 0.0;    ///< the order that gave it; 0 if every order says 0
  std::string warning;   ///< not empty if that order is the first or the last: others may be better
};

/// Canonne, Kamath, Steinke, arXiv 2004.00010, proposition 12:
///   epsilon = min over alpha of D_alpha + ln((alpha-1)/alpha) - (ln delta + ln alpha)/(alpha-1),
/// and 0 where delta^2 > 1 - e^(-D_alpha) (Bretagnolle-Huber).
/// Errors: std::invalid_argument unless 0 < delta < 1 and the orders are above 1.
RdpEpsilon rdp_epsilon(const History& history, double delta,
                       const std::vector<double>& orders = default_orders());

/// The same bound read the other way: the least delta over the orders.
double rdp_delta(const History& history, double epsilon,
                 const std::vector<double>& orders = default_orders());

}  // namespace assay::dp
