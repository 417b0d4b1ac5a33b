#include "dp/accounting/compose.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <unsupported/Eigen/FFT>

namespace assay::dp {
namespace {

using Complex = std::complex<double>;
constexpr double kUnit = 0x1p-53;

double loss_of(const LossPmf& pmf, std::size_t i) {
  return static_cast<double>(pmf.first + static_cast<std::int64_t>(i)) * pmf.interval + pmf.shift;
}

/// ln sum of p e^(t loss).
double log_moment(const LossPmf& pmf, double t) {
  double top = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < pmf.mass.size(); ++i) {
    if (pmf.mass[i] > 0.0) top = std::max(top, t * loss_of(pmf, i));
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < pmf.mass.size(); ++i) {
    if (pmf.mass[i] > 0.0) sum += pmf.mass[i] * std::exp(t * loss_of(pmf, i) - top);
  }
  return top + std::log(sum);
}

/// The tilted masses, each at its index modulo N.
std::vector<double> tilted_circle(const LossPmf& pmf, double tilt, double log_mass,
                                  std::int64_t points) {
  std::vector<double> circle(static_cast<std::size_t>(points));
  for (std::size_t i = 0; i < pmf.mass.size(); ++i) {
    if (pmf.mass[i] == 0.0) continue;
    const auto index = (pmf.first + static_cast<std::int64_t>(i)) & (points - 1);
    circle[static_cast<std::size_t>(index)] +=
        pmf.mass[i] * std::exp(tilt * loss_of(pmf, i) - log_mass);
  }
  return circle;
}

/// The spectrum of the sum: products of powers, in logarithms. Where it is below e^-200 it is 0.
void multiply_power(std::vector<Complex>& log_spectrum, const std::vector<Complex>& spectrum,
                    double count) {
  const double negligible = std::exp(std::max(-400.0 / count, -700.0));  // of |z|^2
  const Complex nothing(-std::numeric_limits<double>::infinity(), 0.0);
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    const double size = std::norm(spectrum[k]);
    if (size < negligible || size == 0.0) {
      log_spectrum[k] = nothing;
    } else {
      log_spectrum[k] += count * Complex(0.5 * std::log(size), std::arg(spectrum[k]));
    }
  }
}

/// Sum of (e^(-theta s) (1 - e^-s))^2 over points s > 0, h apart, at most: the integral over h, and
/// the largest value once more, because the function rises and then falls.
double squared_weights(double theta, double h) {
  const double integral = 1.0 / (2.0 * theta * (2.0 * theta + 1.0) * (theta + 1.0));
  const double largest = std::pow(theta / (1.0 + theta), theta) / (1.0 + theta);
  return integral / h + largest * largest;
}

}  // namespace

Composition::Composition(std::size_t kinds, const std::function<LossPmf(std::size_t)>& pmf_of,
                         const std::function<std::int64_t(std::size_t)>& count_of,
                         const GridPlan& plan)
    : interval_(plan.interval), tilt_(plan.tilt) {
  const auto n = plan.points;
  if (n < 2 || !std::has_single_bit(static_cast<std::uint64_t>(n)))
    throw std::invalid_argument(fmt::format("expected a power of two grid points, got {}", n));
  const double transform_unit =
      10.0 * kUnit * (static_cast<double>(std::countr_zero(static_cast<std::uint64_t>(n))) + 3.0);
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<Complex> log_spectrum(static_cast<std::size_t>(n / 2 + 1)), spectrum;
  double releases = 0.0, power_error = 0.0, stays_finite = 0.0;
  double log_mass_high = 0.0, log_mass_low = 0.0;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    const auto pmf = pmf_of(kind);
    if (pmf.interval != interval_)
      throw std::invalid_argument(
          fmt::format("expected the interval {}, got {}", interval_, pmf.interval));
    const auto repeated = static_cast<double>(count_of(kind));
    const double log_mass = log_moment(pmf, tilt_);
    log_mass_ += repeated * log_mass;
    log_mass_high += repeated * log_moment(pmf, tilt_ + plan.reach_high);
    log_mass_low += repeated * log_moment(pmf, tilt_ - plan.reach_low);
    shift_ += repeated * pmf.shift;
    stays_finite += repeated * std::log1p(-pmf.infinity);
    loss_slack_ += repeated * pmf.loss_rounding;
    releases += repeated;
    const auto circle = tilted_circle(pmf, tilt_, log_mass, n);
    const double norm =
        std::sqrt(std::inner_product(circle.begin(), circle.end(), circle.begin(), 0.0));
    power_error += repeated * transform_unit * norm;
    fft.fwd(spectrum, circle);
    multiply_power(log_spectrum, spectrum, repeated);
  }
  infinity_ = -std::expm1(stays_finite);
  for (auto& z : log_spectrum)
    z = std::isinf(z.real()) ? Complex() : std::exp(z);
  std::vector<double> circle;
  fft.inv(circle, log_spectrum, n);
  log_spectrum.clear();
  log_spectrum.shrink_to_fit();

  low_index_ = static_cast<std::int64_t>(std::floor((plan.window_low - shift_) / interval_)) - 2;
  const auto start = low_index_ & (n - 1);
  std::rotate(circle.begin(), circle.begin() + start, circle.end());
  tilted_ = std::move(circle);
  const double norm =
      std::sqrt(std::inner_product(tilted_.begin(), tilted_.end(), tilted_.begin(), 0.0));
  // |Z|^T moves by at most T |e| (1 + |e|)^T where |Z| <= 1 and Z moves by e.
  const double growth = std::exp(power_error * std::sqrt(static_cast<double>(n)));
  transform_error_ = power_error * growth + (40.0 * kUnit * releases + 1e-12 + transform_unit) *
                                                (norm + power_error * growth);
  beyond_high_ = std::min(1.0, std::exp(log_mass_high - log_mass_ - plan.reach_high * loss_at(n)));
  beyond_low_ = std::min(1.0, std::exp(log_mass_low - log_mass_ + plan.reach_low * loss_at(-1)));
  // Rounding beyond the window's bounds is of the same kind as everywhere: masses carry it.
  mass_slack_ = std::expm1(100.0 * kUnit * releases) + 8.0 * kUnit * static_cast<double>(n);
}

double Composition::transform_error(double epsilon) const {
  const double weights = std::sqrt(squared_weights(tilt_, interval_));
  return std::exp(log_mass_ - tilt_ * epsilon) * weights * transform_error_;
}

/// What is added to the sum at `loss` for an upper bound (side +1), or taken from it for a lower
/// one.
double Composition::slack(double loss, double side) const {
  const double largest = std::pow(tilt_ / (1.0 + tilt_), tilt_) / (1.0 + tilt_);
  const double chernoff = std::exp(log_mass_ - tilt_ * loss);
  const double from_high =
      std::exp(log_mass_ - tilt_ * loss_at(std::ssize(tilted_))) * beyond_high_;
  if (side > 0.0) return infinity_ + transform_error(loss) + from_high;
  return infinity_ - transform_error(loss) - chernoff * largest * (beyond_low_ + beyond_high_);
}

/// visit(index, mass above, mass above times e^(loss_at(index) - loss)) from the highest index
/// down, until it returns false.
template <class Visit>
void Composition::scan_down(Visit visit) const {
  double above = 0.0, discounted = 0.0, weight = 0.0;
  const double step = std::exp(-interval_), up = std::exp(tilt_ * interval_);
  for (auto i = std::ssize(tilted_) - 1; i >= 0; --i) {
    if (!visit(i, above, discounted)) return;
    weight = (i & 1023) == 0 || i + 1 == std::ssize(tilted_)
                 ? std::exp(log_mass_ - tilt_ * loss_at(i))
                 : weight * up;
    const double mass = tilted_[static_cast<std::size_t>(i)] * weight;
    above += mass;
    discounted = (discounted + mass) * step;
  }
  visit(-1, above, discounted);
}

double Composition::epsilon(double delta, double side) const {
  double found = std::numeric_limits<double>::infinity();
  if (side > 0.0 && infinity_ >= delta) return found;
  double found_above = 0.0;
  scan_down([&](std::int64_t i, double above, double discounted) {
    const double loss = loss_at(i);
    const double rounding = side * mass_slack_ * std::abs(above);
    const double value = above - discounted + rounding + slack(loss, side);
    if (value > delta) {
      // Between loss_at(i) and the next point: above - e^(eps - loss) discounted + slack = delta,
      // with the slack of this point, which is the larger one in size.
      const double rest = above + rounding + slack(loss, side) - delta;
      const double next = loss + interval_;
      found = discounted > 0.0 && rest > 0.0
                  ? std::clamp(loss + std::log(rest / discounted), loss, next)
                  : next;
      return false;
    }
    found_above = loss;
    return loss > 0.0;  // below 0 nobody asks
  });
  // Delta is not exceeded down to there: good for an upper bound, nothing for a lower one.
  if (std::isinf(found)) found = side > 0.0 ? found_above : 0.0;
  return std::max(0.0, found + side * loss_slack_);
}

double Composition::delta_upper(double epsilon) const {
  double result = 1.0;
  const double wanted = epsilon - loss_slack_;
  scan_down([&](std::int64_t i, double above, double discounted) {
    if (loss_at(i) > wanted) return true;
    // Between this point and the next: exact.
    const double sum = above * (1.0 + mass_slack_) - discounted * std::exp(wanted - loss_at(i));
    result = std::clamp(sum + slack(wanted, +1.0), 0.0, 1.0);
    return false;
  });
  return result;
}

double Composition::delta_lower(double epsilon) const {
  double result = 0.0;
  const double wanted = epsilon + loss_slack_;
  scan_down([&](std::int64_t i, double above, double discounted) {
    if (loss_at(i) > wanted) return true;
    const double sum = above * (1.0 - mass_slack_) - discounted * std::exp(wanted - loss_at(i));
    result = std::clamp(sum + slack(wanted, -1.0), 0.0, 1.0);
    return false;
  });
  return result;
}

}  // namespace assay::dp
