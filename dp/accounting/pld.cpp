#include "dp/accounting/pld.h"

#include <algorithm>
#include <limits>

#include "dp/accounting/compose.h"
#include "dp/accounting/discretize.h"
#include "dp/accounting/rdp.h"
#include "dp/accounting/require.h"

namespace assay::dp {
namespace {

/// Below this delta(eps) may be far above the truth.
constexpr double kLeastDelta = 1e-16;

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

/// Plans are made for a delta: guesses of it fall to what the last one found. Every one gives a
/// bound; the best of them counts.
double delta_in(const History& history, const std::vector<History::Entry>& charged, double epsilon,
                Direction direction, const GridLimits& limits, Side side) {
  const auto losses = losses_of(charged, history.relation(), direction);
  double best = 1.0, guess = 0.1;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const auto plan = plan_for_delta(losses, guess, limits);
    const double found = compose(losses, plan, Side::upper).delta_upper(epsilon);
    best = std::min(best, found);
    if (found >= 0.03 * guess || guess == kLeastDelta) break;
    guess = std::max(found, kLeastDelta);
  }
  if (side == Side::upper) return best;
  const auto plan = plan_for_delta(losses, std::clamp(best, kLeastDelta, 0.5), limits);
  return compose(losses, plan, Side::lower).delta_lower(epsilon);
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

/// The Renyi bound, where there is one: far from usual parameters a grid can be looser than it.
double renyi_epsilon(const History& history, const std::vector<History::Entry>& charged,
                     double delta) {
  const bool known = std::none_of(charged.begin(), charged.end(), [](const auto& entry) {
    return entry.mechanism.sampling == Sampling::truncated_poisson ||
           entry.mechanism.sampling == Sampling::fixed_size;
  });
  return known ? rdp_epsilon(history, delta).epsilon : std::numeric_limits<double>::infinity();
}

}  // namespace

double pld_epsilon(const History& history, double delta, const GridLimits& limits) {
  return epsilon_of(history, delta, [&](const auto& charged) {
    const double on_grid = worst_direction(charged, [&](Direction direction) {
      return epsilon_in(history, charged, delta, direction, limits, Side::upper);
    });
    return std::min(on_grid, renyi_epsilon(history, charged, delta));
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
