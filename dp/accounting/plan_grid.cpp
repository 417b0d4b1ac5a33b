#include "dp/accounting/plan_grid.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

namespace assay::dp {
namespace {

constexpr double kLogBeyond = 18.0;  // mass outside of the tilted window: below e^-18 a side
constexpr double kTailShare = 1e-6;  // of delta, for all tails that are cut off
constexpr double kMostCells = 1 << 19;
constexpr double kLeastTilt = 1e-7, kMostTilt = 1e9;

/// The cumulant K(t) = ln E[e^(t loss)] of the whole composition, and what it is made of.
class Cumulant {
 public:
  Cumulant(const std::vector<RepeatedLoss>& losses, double tail) {
    for (const auto& [loss, count] : losses) {
      terms_.push_back({static_cast<double>(count), loss_nodes(loss, tail)});
      double low = std::numeric_limits<double>::infinity(), high = -low;
      for (const auto& node : terms_.back().nodes) {
        low = std::min(low, node.loss);
        high = std::max(high, node.loss);
      }
      range_ = std::max(range_, high - low);
      releases_ += static_cast<double>(count);
    }
  }

  double operator()(double t) const { return moments(t).log_mass; }

  struct Moments {
    double log_mass = 0.0, mean = 0.0, variance = 0.0;
  };
  /// K(t), K'(t), K''(t).
  Moments moments(double t) const {
    Moments sum;
    for (const auto& [count, nodes] : terms_) {
      double top = -std::numeric_limits<double>::infinity();
      for (const auto& node : nodes)
        top = std::max(top, t * node.loss);
      double mass = 0.0, first = 0.0, second = 0.0;
      for (const auto& node : nodes) {
        const double weight = node.weight * std::exp(t * node.loss - top);
        mass += weight;
        first += weight * node.loss;
        second += weight * node.loss * node.loss;
      }
      const double mean = first / mass;
      sum.log_mass += count * (top + std::log(mass));
      sum.mean += count * mean;
      sum.variance += count * std::max(0.0, second / mass - mean * mean);
    }
    return sum;
  }

  /// The widest range of one release's losses.
  double range() const { return range_; }
  double releases() const { return releases_; }

 private:
  struct Term {
    double count;
    std::vector<LossNode> nodes;
  };
  std::vector<Term> terms_;
  double range_ = 0.0, releases_ = 0.0;
};

/// The tilt with the least value, by golden sections of its logarithm.
double best_tilt(const std::function<double(double)>& value) {
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(kLeastTilt), high = std::log(kMostTilt);
  double a = high - kGolden * (high - low), b = low + kGolden * (high - low);
  double at_a = value(std::exp(a)), at_b = value(std::exp(b));
  for (int i = 0; i < 48; ++i) {
    if (at_a <= at_b) {
      high = b, b = a, at_b = at_a;
      a = high - kGolden * (high - low), at_a = value(std::exp(a));
    } else {
      low = a, a = b, at_a = at_b;
      b = low + kGolden * (high - low), at_b = value(std::exp(b));
    }
  }
  return std::exp(0.5 * (low + high));
}

/// A window that holds all but e^-kLogBeyond of the tilted law on each side.
struct Window {
  double low, high, deviation;
};

Window window_of(const Cumulant& cumulant, GridPlan& plan) {
  const auto at = cumulant.moments(plan.tilt);
  // A composition without spread (one atom) still needs a window.
  const double deviation = std::max({std::sqrt(at.variance), 1e-12, 1e-9 * std::abs(at.mean)});
  double low = -std::numeric_limits<double>::infinity(), high = -low;
  for (const double scale : {1.0, 2.0, 3.5, 5.0, 7.3, 10.0, 15.0}) {
    const double reach = scale / deviation;
    const double above = (cumulant(plan.tilt + reach) - at.log_mass + kLogBeyond) / reach;
    const double below = (at.log_mass - cumulant(plan.tilt - reach) - kLogBeyond) / reach;
    if (above < high) high = above, plan.reach_high = reach;
    if (below > low) low = below, plan.reach_low = reach;
  }
  plan.window_low = low;
  return {low, high, deviation};
}

double interval_of(const Cumulant& cumulant, const Window& window, const GridLimits& limits) {
  if (limits.interval > 0.0) return limits.interval;
  const double width = window.high - window.low;
  const double one = window.deviation / std::sqrt(cumulant.releases());
  const double points =
      std::clamp(width / one * limits.cells_per_deviation, static_cast<double>(limits.least_points),
                 static_cast<double>(limits.most_points));
  const auto count = std::bit_floor(static_cast<std::uint64_t>(points));
  // A window much narrower than one release would cut that release into too many cells.
  return std::max(width / static_cast<double>(count - 8), cumulant.range() / kMostCells);
}

GridPlan plan_with(const Cumulant& cumulant, double tilt, double tail, const GridLimits& limits) {
  GridPlan plan{.tilt = tilt, .tail = tail};
  auto window = window_of(cumulant, plan);
  plan.interval = interval_of(cumulant, window, limits);
  const auto most = static_cast<double>(std::max(limits.most_points, std::int64_t{1} << 20));
  double points = 0.0;
  for (int attempt = 0; attempt < 60; ++attempt) {
    // A steeper tilt would see the grid: cells shift the tilted mean by T theta h^2.
    const double steepest = 1.0 / (plan.interval * std::sqrt(cumulant.releases()));
    if (plan.tilt > steepest) {
      plan.tilt = steepest;
      window = window_of(cumulant, plan);
    }
    points = (window.high - window.low) / plan.interval + 8.0;
    if (points <= most || limits.interval > 0.0) break;
    plan.interval *= 1.2 * points / most;
  }
  if (!(points <= most)) {
    throw std::invalid_argument(fmt::format(
        "expected at most {} grid points, got {:.3g} of {:.3g} each; the accountant {} may do",
        most, points, plan.interval, limits.interval > 0.0 ? "pld" : "rdp"));
  }
  plan.points = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(points)));
  return plan;
}

double tail_of(const std::vector<RepeatedLoss>& losses, double delta) {
  double releases = 0.0;
  for (const auto& loss : losses)
    releases += static_cast<double>(loss.count);
  return std::max(kTailShare * delta / releases, 1e-290);
}

}  // namespace

GridPlan plan_for_delta(const std::vector<RepeatedLoss>& losses, double delta,
                        const GridLimits& limits) {
  const double tail = tail_of(losses, delta);
  const Cumulant cumulant(losses, tail);
  const double tilt = best_tilt([&](double t) {
    return (cumulant(t) - std::log(delta) - std::log1p(t)) / t + std::log(t / (1.0 + t));
  });
  return plan_with(cumulant, tilt, tail, limits);
}

}  // namespace assay::dp
