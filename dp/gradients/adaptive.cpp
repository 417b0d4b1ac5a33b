#include "dp/gradients/adaptive.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace assay::dp {
namespace {

void require(bool holds, const char* expected, double got) {
  if (!holds) throw std::invalid_argument(fmt::format("expected {}, got {}", expected, got));
}

bool positive(double value) {
  return value > 0.0 && std::isfinite(value);
}

}  // namespace

void AdaptiveOptions::validate() const {
  require(positive(clip_norm), "a finite clip norm above 0", clip_norm);
  require(quantile > 0.0 && quantile < 1.0, "a quantile between 0 and 1", quantile);
  require(positive(learning_rate), "a finite learning rate above 0", learning_rate);
  require(positive(count_noise), "a finite noise of the count above 0", count_noise);
  require(positive(expected_batch), "a finite expected batch above 0", expected_batch);
}

double AdaptiveOptions::gradient_noise_multiplier(double noise_multiplier) const {
  const auto z = noise_multiplier, of_count = 2 * count_noise;
  require(z > 0.0 && z < of_count,
          "a noise multiplier above 0 and below twice the noise of the count", z);
  return 1.0 / std::sqrt(1.0 / (z * z) - 1.0 / (of_count * of_count));
}

AdaptiveThreshold::AdaptiveThreshold(AdaptiveOptions options)
    : AdaptiveThreshold(options, options.clip_norm) {}

AdaptiveThreshold::AdaptiveThreshold(AdaptiveOptions options, double clip_norm)
    : options_(options), clip_norm_(clip_norm) {
  options_.validate();
  require(positive(clip_norm), "a finite clip norm above 0", clip_norm);
}

double AdaptiveThreshold::query(const ClippedSum& step) {
  const auto unclipped = step.examples - step.clipped - step.not_finite;
  return static_cast<double>(unclipped) - 0.5 * static_cast<double>(step.examples);
}

void AdaptiveThreshold::update(double noisy_query) {
  const auto share = noisy_query / options_.expected_batch + 0.5;
  clip_norm_ *= std::exp(-options_.learning_rate * (share - options_.quantile));
}

}  // namespace assay::dp
