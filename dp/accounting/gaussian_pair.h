#pragma once

namespace assay::dp {

/// The pair that a subsampled Gaussian release is reduced to, on the line along which it moves:
///   P = (1-p) N(0, sigma^2) + p N(1, sigma^2),   Q = (1-q) N(0, sigma^2) + q N(-1, sigma^2).
/// p = rate, q = 0 is a record removed; p = 0, q = rate, mirrored, is a record added.
///
/// The privacy loss L(x) = ln P(x)/Q(x) grows with x.
struct GaussianPair {
  double sigma = 1.0;
  double p = 0.0;
  double q = 0.0;

  /// e^L(x). Relative error: a few units in the last place times 1 + |x| / sigma^2.
  double ratio(double x) const;
  /// Where the loss is `loss`: -infinity and infinity where it always is above or below.
  double position(double loss) const;
  /// The density of Q.
  double density_q(double x) const;
  /// P's mass below and above x, each with its own relative accuracy.
  double p_below(double x) const;
  double p_above(double x) const;
  double q_above(double x) const;
  /// The longest stretch of x over which densities and loss are smooth: min(sigma, sigma^2).
  double length() const;
};

/// x with p_below(x) <= mass, and x with p_above(x) <= mass, close to equality.
double lower_end(const GaussianPair& pair, double mass);
double upper_end(const GaussianPair& pair, double mass);

}  // namespace assay::dp
