#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "dp/accounting/loss_pmf.h"
#include "dp/accounting/plan_grid.h"

namespace assay::dp {

/// The law of a sum of independent privacy losses, as far as a window of losses shows it, with
/// bounds of everything that is not in the numbers.
///
/// Method: every mass is tilted, w_i = p_i e^(theta l_i) / M(theta); the tilted laws are composed
/// by the fast Fourier transform on a circle of N points; and
///   delta(eps) = M^T sum over l > eps of w^(*T)(l) e^(-theta l) (1 - e^(eps - l)),
/// so that an error of the transform, whose size is relative to w, reaches delta only after
/// multiplication by M^T e^(-theta eps), Chernoff's bound of delta itself (the exponential shift of
/// U. Keich, J. Comput. Biol. 12 (2005) 416-430, here with a bound instead of an estimate). Bounds:
///  - transform: |fft(w) - exact|_2 <= u_F sqrt(N) |w|_2 with u_F = 10 u (log2 N + 3), u = 2^-53
///    (Higham, Accuracy and Stability, theorem 24.2, twiddles within 4 u); the power T multiplies
///    it by T, rounding of the power itself adds 40 u T; the inverse adds u_F again. Cauchy-Schwarz
///    against the weights e^(-theta s) (1 - e^-s) gives the error of delta.
///  - circle: what lies beyond the window comes back inside it. It can only add to delta, except
///  what
///    comes from above: Chernoff's bound of that is added; a lower bound subtracts all of it.
///  - rounding of losses and masses: as LossPmf::loss_rounding and 100 u for each release.
/// Cost: one real transform of N points for each entry and one back; 40 bytes a point.
class Composition {
 public:
  /// The composition of `kinds` losses, kind i `count(i)` times; pmf(i), on the plan's interval, is
  /// asked for once and not kept.
  Composition(std::size_t kinds, const std::function<LossPmf(std::size_t)>& pmf,
              const std::function<std::int64_t(std::size_t)>& count, const GridPlan& plan);

  /// The least epsilon >= 0 whose delta is at most `delta`, from above or from below: the composed
  /// pmf's own epsilon lies between. Infinity, for the upper one, where the mass at infinity alone
  /// exceeds delta.
  double epsilon_upper(double delta) const { return epsilon(delta, +1.0); }
  double epsilon_lower(double delta) const { return epsilon(delta, -1.0); }
  double delta_upper(double epsilon) const;
  double delta_lower(double epsilon) const;

  /// The share of delta_upper(epsilon) that bounds the transform's rounding.
  double transform_error(double epsilon) const;

 private:
  double loss_at(std::int64_t index) const {
    return static_cast<double>(low_index_ + index) * interval_ + shift_;
  }
  double epsilon(double delta, double side) const;
  double slack(double loss, double side) const;
  template <class Visit>
  void scan_down(Visit visit) const;

  std::vector<double> tilted_;  ///< w^(*T) in the window
  double interval_ = 0.0, shift_ = 0.0, tilt_ = 0.0;
  std::int64_t low_index_ = 0;
  double log_mass_ = 0.0;                        ///< ln M^T
  double transform_error_ = 0.0;                 ///< of w^(*T), in the 2-norm
  double beyond_low_ = 0.0, beyond_high_ = 0.0;  ///< tilted mass outside of the window, at most
  double infinity_ = 0.0;
  double loss_slack_ = 0.0;  ///< rounding of all losses together
  double mass_slack_ = 0.0;  ///< rounding of all masses together, relative
};

}  // namespace assay::dp
