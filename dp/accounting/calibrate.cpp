#include "dp/accounting/calibrate.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dp/accounting/privacy_loss.h"
#include "dp/accounting/require.h"

namespace assay::dp {
namespace {

constexpr double kLeastNoise = kLeastPldNoise, kMostNoise = 1e6;
constexpr std::int64_t kMostSteps = 1'000'000'000;

/// Where a line through both ends, of ln epsilon over ln x, meets the target; kept off the ends by
/// a tenth of the bracket at least, so that brackets shrink.
double guess(double low, double epsilon_low, double high, double epsilon_high, double target) {
  const double a = std::log(epsilon_low), b = std::log(epsilon_high);
  double share = 0.5;
  if (std::isfinite(a) && std::isfinite(b) && a != b) share = (std::log(target) - a) / (b - a);
  share = std::clamp(share, 0.1, 0.9);
  return std::exp(std::log(low) + share * (std::log(high) - std::log(low)));
}

}  // namespace

void PrivacyTarget::validate() const {
  if (!(epsilon > 0.0) || std::isinf(epsilon))
    throw std::invalid_argument(fmt::format("expected a target epsilon > 0, got {}", epsilon));
  require_delta(delta);
}

NoiseCalibration calibrate_noise(const std::function<History(double)>& run,
                                 const PrivacyTarget& target) {
  target.validate();
  const auto epsilon_at = [&](double noise) {
    return epsilon_by(target.accountant, run(noise), target.delta);
  };
  // A bracket: too little noise below, enough above.
  double high = 1.0, at_high = epsilon_at(high), low = high, at_low = at_high;
  while (at_high > target.epsilon) {
    low = high, at_low = at_high;
    if (high >= kMostNoise) {
      throw std::invalid_argument(
          fmt::format("expected a target that some noise reaches, got epsilon {} at delta {}: a "
                      "noise multiplier of {:g} still costs {:g}",
                      target.epsilon, target.delta, high, at_high));
    }
    high = std::min(2.0 * high, kMostNoise);
    at_high = epsilon_at(high);
  }
  while (at_low <= target.epsilon) {
    high = low, at_high = at_low;
    if (low <= kLeastNoise) return {low, at_low};
    low = std::max(0.5 * low, kLeastNoise);
    at_low = epsilon_at(low);
  }
  while (high > low * (1.0 + 1e-4)) {
    // The target minus a little: an end that is met from above would stay where it is.
    const double middle = high < low * 1.001
                              ? std::sqrt(low * high)
                              : guess(low, at_low, high, at_high, target.epsilon * (1.0 - 2e-5));
    const double at_middle = epsilon_at(middle);
    if (at_middle > target.epsilon) {
      low = middle, at_low = at_middle;
    } else {
      high = middle, at_high = at_middle;
    }
  }
  return {high, at_high};
}

StepsCalibration calibrate_steps(const std::function<History(std::int64_t)>& run,
                                 const PrivacyTarget& target) {
  target.validate();
  const auto epsilon_at = [&](std::int64_t steps) {
    return epsilon_by(target.accountant, run(steps), target.delta);
  };
  std::int64_t low = 0, high = 1;
  double at_low = 0.0, at_high = epsilon_at(high);
  while (at_high <= target.epsilon) {
    low = high, at_low = at_high;
    if (high == kMostSteps) return {high, at_high};
    high = std::min(high * 4, kMostSteps);
    at_high = epsilon_at(high);
  }
  while (high - low > 1) {
    const double ideal = low == 0 ? 0.5 * static_cast<double>(high)
                                  : guess(static_cast<double>(low), at_low,
                                          static_cast<double>(high), at_high, target.epsilon);
    const auto middle =
        std::clamp(static_cast<std::int64_t>(std::llround(ideal)), low + 1, high - 1);
    const double at_middle = epsilon_at(middle);
    if (at_middle > target.epsilon) {
      high = middle, at_high = at_middle;
    } else {
      low = middle, at_low = at_middle;
    }
  }
  return {low, at_low};
}

}  // namespace assay::dp
