#pragma once

#include <limits>
#include <vector>

#include "dp/accounting/gaussian_pair.h"
#include "dp/accounting/mechanism.h"

namespace assay::dp {

/// Neighbours are ordered: with the record against without it, or the other way round. Epsilon is
/// the larger of both.
enum class Direction { remove, add };

/// The law of the privacy loss of one release under its dominating pair (P, Q): a mixture of losses
/// of Gaussian pairs, each over a stretch of its line, and an atom at loss 0.
struct PrivacyLoss {
  struct Part {
    double weight = 1.0;
    GaussianPair pair;
    double from = -std::numeric_limits<double>::infinity();  ///< of x
    double to = std::numeric_limits<double>::infinity();
  };
  std::vector<Part> parts;
  double at_zero = 0.0;
};

/// The least noise multiplier that has a PrivacyLoss: with less, losses leave the range of double.
inline constexpr double kLeastPldNoise = 0.1;

/// Sources of the pairs: Poisson, Zhu, Dong, Wang (arXiv 2106.08567), theorem 11, both directions;
/// a known draw: the Gaussian pair with chance q, nothing otherwise; fixed size under substitution:
/// the same theorem's curve, P' = (1-q) Q + q P against Q for losses above 0 and P against
/// (1-q) P + q Q below; truncated Poisson: with the chance that the others fill the batch, the pair
/// of a replaced record (arXiv 2508.15089), the ordinary one otherwise.
/// Errors: std::invalid_argument for noise below kLeastPldNoise (RDP accounts for it), for Skellam
/// noise, and for what require_accountable refuses.
PrivacyLoss privacy_loss(const Mechanism& mechanism, Relation relation, Direction direction);

/// Whether both directions have the same law.
bool symmetric(const Mechanism& mechanism);

/// A point of a quadrature of the loss: P's weight and the loss there.
struct LossNode {
  double loss = 0.0;
  double weight = 0.0;
};

/// Gauss-Legendre nodes of everything but tails of mass `tail` on each side, and the atom: for
/// moments of the loss. A few thousand nodes; relative error of smooth integrands below 1e-12.
std::vector<LossNode> loss_nodes(const PrivacyLoss& loss, double tail);

}  // namespace assay::dp
