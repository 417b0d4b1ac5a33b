#include "dp/accounting/gaussian_pair.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace assay::dp {
namespace {

double normal_below(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// The x furthest from the middle whose tail is at most `mass`, by bisection between `inside`,
/// where it is more, and a place 60 sigma away.
template <class Tail>
double end_of_tail(Tail tail, double inside, double outside, double mass) {
  if (tail(inside) <= mass) return inside;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (inside + outside);
    (tail(middle) <= mass ? outside : inside) = middle;
  }
  return outside;
}

}  // namespace

double GaussianPair::ratio(double x) const {
  const double variance = sigma * sigma;
  const double above = p == 0.0 ? 1.0 : 1.0 - p + p * std::exp((x - 0.5) / variance);
  const double below = q == 0.0 ? 1.0 : 1.0 - q + q * std::exp((-x - 0.5) / variance);
  return above / below;
}

double GaussianPair::position(double loss) const {
  // With u = e^(x/s^2), c = e^(-1/2s^2), t = e^loss: p c u^2 + b u - t q c = 0. In logarithms,
  // because c and u leave the range of double for small sigma.
  const double variance = sigma * sigma, t = std::exp(loss);
  const double b = (q - p) - std::expm1(loss) * (1.0 - q);
  const double log_c = -1.0 / (2.0 * variance);
  const double s = std::sqrt(b * b + 4.0 * p * q * std::exp(2.0 * log_c) * t);
  if (b <= 0.0) {
    if (p == 0.0 || s - b == 0.0)
      return (p == 0.0 ? 1.0 : -1.0) * std::numeric_limits<double>::infinity();
    return variance * (std::log(s - b) - std::log(2.0 * p) - log_c);
  }
  if (q == 0.0) return -std::numeric_limits<double>::infinity();
  return variance * (std::log(2.0 * q) + loss + log_c - std::log(b + s));
}

double GaussianPair::density_q(double x) const {
  const double z = x / sigma;
  const double base = std::exp(-0.5 * z * z) / (sigma * std::sqrt(2.0 * std::numbers::pi));
  if (q == 0.0) return base;
  const double moved = (x + 1.0) / sigma;
  return (1.0 - q) * base +
         q * std::exp(-0.5 * moved * moved) / (sigma * std::sqrt(2.0 * std::numbers::pi));
}

double GaussianPair::p_below(double x) const {
  return (1.0 - p) * normal_below(x / sigma) + p * normal_below((x - 1.0) / sigma);
}

double GaussianPair::p_above(double x) const {
  return (1.0 - p) * normal_below(-x / sigma) + p * normal_below((1.0 - x) / sigma);
}

double GaussianPair::q_above(double x) const {
  return (1.0 - q) * normal_below(-x / sigma) + q * normal_below((-1.0 - x) / sigma);
}

double GaussianPair::length() const {
  return std::min(sigma, sigma * sigma);
}

double lower_end(const GaussianPair& pair, double mass) {
  return end_of_tail([&](double x) { return pair.p_below(x); }, 0.5, -60.0 * pair.sigma, mass);
}

double upper_end(const GaussianPair& pair, double mass) {
  return end_of_tail([&](double x) { return pair.p_above(x); }, 0.0, 1.0 + 60.0 * pair.sigma, mass);
}

}  // namespace assay::dp
