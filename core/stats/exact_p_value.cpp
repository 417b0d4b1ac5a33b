#include "core/stats/exact_p_value.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/stats/distributions.h"
#include "core/stats/newcombe.h"

namespace assay::stats {
namespace {

constexpr double kNegligible = 1e-12;  // of a probability

/// k log p, with 0 log 0 = 0.
double times(std::int64_t k, double log_p) {
  return k == 0 ? 0.0 : static_cast<double>(k) * log_p;
}

std::vector<double> log_factorials(std::int64_t n) {
  std::vector<double> out(static_cast<std::size_t>(n) + 1, 0.0);
  for (std::size_t k = 2; k < out.size(); ++k) {
    out[k] = out[k - 1] + std::log(static_cast<double>(k));
  }
  return out;
}

/// The largest value of f over [lo, hi], for f made of binomial chances over n trials: these wave
/// evenly on an arcsine scale, about sqrt(n) times.
template <class Function>
double largest(double lo, double hi, std::int64_t n, const Function& f) {
  auto at = [&](double angle) {
    return f(std::clamp(lo + (hi - lo) * (1.0 - std::cos(angle)) / 2.0, lo, hi));
  };
  const int steps = 16 + static_cast<int>(4.0 * std::sqrt(static_cast<double>(n)));
  const double width = std::numbers::pi / steps;
  int best = 0;
  double top = -1.0;
  for (int i = 0; i <= steps; ++i) {
    const double value = at(i * width);
    if (value > top) {
      top = value;
      best = i;
    }
  }
  double left = std::max(0.0, (best - 1) * width);
  double right = std::min(std::numbers::pi, (best + 1) * width);
  for (int i = 0; i < 12; ++i) {  // ternary search: one wave has one top
    const double a = left + (right - left) / 3.0, b = right - (right - left) / 3.0;
    const double at_a = at(a), at_b = at(b);
    top = std::max({top, at_a, at_b});
    (at_a < at_b ? left : right) = at_a < at_b ? a : b;
  }
  return std::min(1.0, top);
}

/// Trinomial tables at least as extreme as one observed: from least_b[c] b pairs on.
class PairedRegion {
 public:
  PairedRegion(const PairedRate& pairs, double delta)
      : n_(pairs.n), delta_(delta), log_factorial_(log_factorials(pairs.n)) {
    const double observed = tango_score(pairs, delta) - 1e-9;
    std::int64_t b = 0;
    for (std::int64_t c = 0; c <= n_; ++c) {  // the bound rises with c
      while (b <= n_ - c && tango_score({b, c, n_}, delta) < observed)
        ++b;
      if (b > n_ - c) break;
      least_b_.push_back(b);
    }
  }

  /// Its chance when a c pair has the chance pc, and a b pair delta more.
  double chance(double pc) const {
    // Some pairs are concordant: 1 - pb - pc is at least (1 - delta^2) / 2.
    const double pb = std::max(0.0, pc + delta_), same = 1.0 - pb - pc;
    const Law law{.log_b = std::log(pb),
                  .log_c = std::log(pc),
                  .log_same = std::log(same),
                  .odds = pb / same};
    const double mean_c = static_cast<double>(n_) * pc;
    double sum = 0.0;
    for (std::int64_t c = 0; c < static_cast<std::int64_t>(least_b_.size()); ++c) {
      const double part = tail(c, least_b_[static_cast<std::size_t>(c)], law);
      sum += part;
      if (static_cast<double>(c) > mean_c && part < kNegligible) break;
    }
    return sum;
  }

 private:
  /// Logarithms of the chances of a b, a c and a concordant pair; the first's odds to the last.
  struct Law {
    double log_b, log_c, log_same, odds;
  };

  /// P(c, and at least `from` b pairs).
  double tail(std::int64_t c, std::int64_t from, const Law& law) const {
    double sum = 0.0, term = point(from, c, law);
    for (std::int64_t b = from;; ++b) {
      sum += term;
      if (b == n_ - c) return sum;
      const double ratio = static_cast<double>(n_ - c - b) / static_cast<double>(b + 1) * law.odds;
      term *= ratio;
      if (ratio < 1.0 && term < kNegligible) return sum;
    }
  }

  double point(std::int64_t b, std::int64_t c, const Law& law) const {
    auto lf = [&](std::int64_t k) { return log_factorial_[static_cast<std::size_t>(k)]; };
    return std::exp(lf(n_) - lf(b) - lf(c) - lf(n_ - b - c) + times(b, law.log_b) +
                    times(c, law.log_c) + times(n_ - b - c, law.log_same));
  }

  std::int64_t n_;
  double delta_;
  std::vector<double> log_factorial_;
  std::vector<std::int64_t> least_b_;
};

/// P(X = x) for every x.
std::vector<double> binomial(const std::vector<double>& log_factorial, double p) {
  const auto n = static_cast<std::int64_t>(log_factorial.size()) - 1;
  const double log_p = std::log(p), log_rest = std::log1p(-p);
  std::vector<double> out;
  for (std::int64_t x = 0; x <= n; ++x) {
    out.push_back(std::exp(log_factorial.back() - log_factorial[static_cast<std::size_t>(x)] -
                           log_factorial[static_cast<std::size_t>(n - x)] + times(x, log_p) +
                           times(n - x, log_rest)));
  }
  return out;
}

/// The decision of Newcombe's test at the level of the observed p-value.
class IndependentRegion {
 public:
  IndependentRegion(const Rate& first, const Rate& second, double delta, double p)
      : delta_(delta), first_(log_factorials(first.n)), second_(log_factorials(second.n)) {
    const double z = -normal_quantile(std::max(p, 1e-300)) - 1e-9;
    std::int64_t x2 = 0;
    for (std::int64_t x1 = 0; x1 <= first.n; ++x1) {  // the bound rises with the first count
      while (x2 <= second.n && newcombe_lower_at({x1, first.n}, {x2, second.n}, z) < delta) {
        ++x2;
      }
      if (x2 > second.n) break;
      least_second_.push_back(x2);
    }
  }

  double chance(double p1) const {
    const auto chance_first = binomial(first_, p1);
    auto at_least = binomial(second_, std::clamp(p1 + delta_, 0.0, 1.0));
    for (auto i = at_least.size() - 1; i-- > 0;)
      at_least[i] += at_least[i + 1];
    double sum = 0.0;
    for (std::size_t x1 = 0; x1 < least_second_.size(); ++x1) {
      sum += chance_first[x1] * at_least[static_cast<std::size_t>(least_second_[x1])];
    }
    return sum;
  }

 private:
  double delta_;
  std::vector<double> first_, second_;  // log factorials
  std::vector<std::int64_t> least_second_;
};

}  // namespace

double tango_exact_p_value(const PairedRate& pairs, double delta) {
  const double approximate = tango_p_value(pairs, delta);
  if (approximate >= 0.5 || pairs.n > kExactUpTo) return approximate;
  if (delta == -1.0) return 0.0;  // H0 allows c pairs only, and something else was seen
  const PairedRegion region(pairs, delta);
  const double largest_c = (1.0 - delta) * (1.0 - delta) / 4.0;
  return largest(std::max(0.0, -delta), largest_c, pairs.n,
                 [&](double pc) { return region.chance(pc); });
}

double newcombe_exact_p_value(const Rate& first, const Rate& second, double delta) {
  const double approximate = newcombe_p_value(first, second, delta);
  if (approximate >= 0.5 || std::max(first.n, second.n) > kExactUpTo) return approximate;
  if (delta == -1.0) return 0.0;
  const IndependentRegion region(first, second, delta, approximate);
  return largest(std::max(0.0, -delta), std::min(1.0, 1.0 - delta), std::max(first.n, second.n),
                 [&](double p1) { return region.chance(p1); });
}

}  // namespace assay::stats
