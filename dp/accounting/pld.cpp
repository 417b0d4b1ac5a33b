#include "dp/accounting/pld.h"

#include <algorithm>
#include <limits>

#include "dp/accounting/compose.h"
#include "dp/accounting/discretize.h"
#include "dp/accounting/require.h"

namespace assay::dp {
namespace {

constexpr double kLeastDelta = 1e-15;  ///< cut-off tails are a small share of this, for delta(eps)

std::vector<RepeatedLoss> losses_of(const std::vector<History::Entry>& charged, Relation relation,
                                    Direction direction) {
  std::vector<RepeatedLoss> losses;
  for (const auto& [mechanism, count] : charged)
    losses.push_back({privacy_loss(mechanism, relation, direction), count});
  return losses;
}

enum class Side { upper, lower };

Composition compose(const std::vector<RepeatedLoss>& losses, const GridPlan& plan, Side side) {
  return Composition(
      losses.size(),
      [&](std::size_t i) {
        return side == Side::upper ? dots_above(losses[i].loss, plan.interval, plan.tail)
                                   : dots_below(losses[i].loss, plan.interval, plan.tail);
      },
      [&](std::size_t i) { return losses[i].count; }, plan);
}

/// The larger of `one(direction)` over the directions that differ.
template <class One>
double worst_direction(const std::vector<History::Entry>& charged, One one) {
  const double removed = one(Direction::remove);
  const bool same = std::all_of(charged.begin(), charged.end(), [](const History::Entry& entry) {
    return symmetric(entry.mechanism);
  });
  return same ? removed : std::max(removed, one(Direction::add));
}

double epsilon_in(const History& history, const std::vector<History::Entry>& charged, double delta,
                  Direction direction, const GridLimits& limits, Side side) {
  const auto losses = losses_of(charged, history.relation(), direction);
  const auto composition = compose(losses, plan_for_delta(losses, delta, limits), side);
  return side == Side::upper ? composition.epsilon_upper(delta) : composition.epsilon_lower(delta);
}

double delta_in(const History& history, const std::vector<History::Entry>& charged, double epsilon,
                Direction direction, const GridLimits& limits, Side side) {
  const auto losses = losses_of(charged, history.relation(), direction);
  const auto composition =
      compose(losses, plan_for_epsilon(losses, epsilon, kLeastDelta, limits), side);
  return side == Side::upper ? composition.delta_upper(epsilon) : composition.delta_lower(epsilon);
}

template <class In>
double epsilon_of(const History& history, double delta, In in) {
  require_delta(delta);
  if (history.without_noise()) return std::numeric_limits<double>::infinity();
  const auto charged = history.charged();
  return charged.empty() ? 0.0 : in(charged);
}

template <class In>
double delta_of(const History& history, double epsilon, In in) {
  require_epsilon(epsilon);
  if (history.without_noise()) return 1.0;
  const auto charged = history.charged();
  return charged.empty() ? 0.0 : in(charged);
}

}  // namespace

double pld_epsilon(const History& history, double delta, const GridLimits& limits) {
  return epsilon_of(history, delta, [&](const auto& charged) {
    return worst_direction(charged, [&](Direction direction) {
      return epsilon_in(history, charged, delta, direction, limits, Side::upper);
    });
  });
}

double pld_epsilon(const History& history, double delta, Direction direction,
                   const GridLimits& limits) {
  return epsilon_of(history, delta, [&](const auto& charged) {
    return epsilon_in(history, charged, delta, direction, limits, Side::upper);
  });
}

double pld_epsilon_lower(const History& history, double delta, const GridLimits& limits) {
  return epsilon_of(history, delta, [&](const auto& charged) {
    return worst_direction(charged, [&](Direction direction) {
      return epsilon_in(history, charged, delta, direction, limits, Side::lower);
    });
  });
}

double pld_delta(const History& history, double epsilon, const GridLimits& limits) {
  return delta_of(history, epsilon, [&](const auto& charged) {
    return worst_direction(charged, [&](Direction direction) {
      return delta_in(history, charged, epsilon, direction, limits, Side::upper);
    });
  });
}

double pld_delta(const History& history, double epsilon, Direction direction,
                 const GridLimits& limits) {
  return delta_of(history, epsilon, [&](const auto& charged) {
    return delta_in(history, charged, epsilon, direction, limits, Side::upper);
  });
}

double pld_delta_lower(const History& history, double epsilon, const GridLimits& limits) {
  return delta_of(history, epsilon, [&](const auto& charged) {
    return worst_direction(charged, [&](Direction direction) {
      return delta_in(history, charged, epsilon, direction, limits, Side::lower);
    });
  });
}

}  // namespace assay::dp
