#include "dp/accounting/prv.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "dp/accounting/compose.h"
#include "dp/accounting/discretize.h"
#include "dp/accounting/rdp.h"
#include "dp/accounting/require.h"

namespace assay::dp {
namespace {

/// Beyond which losses are dropped: a Renyi bound of the whole history and of each release.
double loss_limit(const History& history, double delta_error, double epsilon_error) {
  const auto releases = static_cast<double>(history.releases());
  double limit = std::max(epsilon_error, rdp_epsilon(history, delta_error / 4.0).epsilon);
  for (const auto& entry : history.charged()) {
    History one(history.relation(), history.clip_unit());
    one.add(entry.mechanism);
    limit = std::max(limit, rdp_epsilon(one, delta_error / (8.0 * releases)).epsilon);
  }
  return limit + 3.0;
}

PrvEpsilon in_direction(const History& history, double delta, Direction direction,
                        const PrvOptions& options) {
  const double delta_error = options.delta_error_share * delta;
  const double limit = loss_limit(history, delta_error, options.epsilon_error);
  std::vector<RepeatedLoss> losses;
  double releases = 0.0;
  for (const auto& [mechanism, count] : history.charged()) {
    losses.push_back({privacy_loss(mechanism, history.relation(), direction), count});
    releases += static_cast<double>(count);
  }
  const double interval =
      options.epsilon_error / std::sqrt(0.5 * releases * std::log(12.0 / delta_error));
  const auto plan = plan_for_delta(losses, delta, {.most_points = 1 << 23, .interval = interval});
  const Composition sum(
      losses.size(),
      [&](std::size_t i) { return centred_cells(losses[i].loss, interval, plan.tail, limit); },
      [&](std::size_t i) { return losses[i].count; }, plan);
  return {.lower = std::max(0.0, sum.epsilon_lower(delta + delta_error) - options.epsilon_error),
          .estimate = sum.epsilon_upper(delta),
          .upper = sum.epsilon_upper(delta - delta_error) + options.epsilon_error};
}

}  // namespace

PrvEpsilon prv_epsilon(const History& history, double delta, const PrvOptions& options) {
  require_delta(delta);
  if (!(options.epsilon_error > 0.0) || !(options.delta_error_share > 0.0) ||
      !(options.delta_error_share < 1.0)) {
    throw std::invalid_argument(
        fmt::format("expected errors > 0 and a share below 1, got {} and {}", options.epsilon_error,
                    options.delta_error_share));
  }
  if (history.without_noise()) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return {kInfinity, kInfinity, kInfinity};
  }
  const auto charged = history.charged();
  if (charged.empty()) return {};
  for (const auto& entry : charged) {
    const auto sampling = entry.mechanism.sampling;
    if (sampling == Sampling::truncated_poisson || sampling == Sampling::fixed_size) {
      throw std::invalid_argument(fmt::format(
          "expected the accountant pld with sampling {}, got prv", to_string(sampling)));
    }
  }
  const auto removed = in_direction(history, delta, Direction::remove, options);
  if (std::all_of(charged.begin(), charged.end(),
                  [](const auto& entry) { return symmetric(entry.mechanism); })) {
    return removed;
  }
  const auto added = in_direction(history, delta, Direction::add, options);
  return {.lower = std::max(removed.lower, added.lower),
          .estimate = std::max(removed.estimate, added.estimate),
          .upper = std::max(removed.upper, added.upper)};
}

}  // namespace assay::dp
