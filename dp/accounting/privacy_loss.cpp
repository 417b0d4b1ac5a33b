#include "dp/accounting/privacy_loss.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/stats/distributions.h"
#include "dp/accounting/legendre.h"

namespace assay::dp {
namespace {

GaussianPair sampled_pair(double sigma, double rate, Direction direction) {
  return direction == Direction::remove ? GaussianPair{.sigma = sigma, .p = rate}
                                        : GaussianPair{.sigma = sigma, .q = rate};
}

PrivacyLoss subset_loss(double sigma, double rate) {
  // The record is replaced: the sum moves by 2 C, that is by 1 when noise is halved.
  const auto above = sampled_pair(sigma / 2.0, rate, Direction::remove);
  const auto below = sampled_pair(sigma / 2.0, rate, Direction::add);
  PrivacyLoss loss;
  loss.parts.push_back({.pair = above, .from = above.position(0.0)});
  loss.parts.push_back({.pair = below, .to = below.position(0.0)});
  loss.at_zero =
      std::max(0.0, 1.0 - above.p_above(above.position(0.0)) - below.p_below(below.position(0.0)));
  return loss;
}

PrivacyLoss truncated_loss(const Mechanism& mechanism, Direction direction) {
  const double n = static_cast<double>(mechanism.population), q = mechanism.rate;
  const double sigma = mechanism.noise_multiplier;
  const auto ordinary = sampled_pair(sigma, q, direction);
  // That the others alone fill the batch.
  const double full = stats::binomial_upper_tail(mechanism.batch_cap, mechanism.population - 1, q);
  if (full == 0.0) return {.parts = {{.pair = ordinary}}};
  // That the record is in the batch, given that it is full.
  const double chosen =
      stats::binomial_upper_tail(mechanism.batch_cap + 1, mechanism.population, q) *
      static_cast<double>(mechanism.batch_cap) / (full * n);
  const double rate = std::min(1.0, chosen);
  const GaussianPair replaced{.sigma = sigma / 2.0, .p = rate, .q = rate};
  return {.parts = {{.weight = full, .pair = replaced}, {.weight = 1.0 - full, .pair = ordinary}}};
}

}  // namespace

PrivacyLoss privacy_loss(const Mechanism& mechanism, Relation relation, Direction direction) {
  mechanism.validate();
  require_accountable(mechanism, relation);
  require_gaussian(mechanism, "pld or prv");
  if (mechanism.noise_multiplier < kLeastPldNoise) {
    throw std::invalid_argument(
        fmt::format("expected a noise multiplier of at least {} for the accountants pld and prv, "
                    "got {}; rdp accounts for less",
                    kLeastPldNoise, mechanism.noise_multiplier));
  }
  const double q = mechanism.rate;
  const double sigma =
      mechanism.noise_multiplier / (relation == Relation::substitution ? 2.0 : 1.0);
  switch (mechanism.sampling) {
    case Sampling::full:
    case Sampling::shuffle:
    case Sampling::cyclic:
      return {.parts = {{.pair = sampled_pair(sigma, 1.0, direction)}}};
    case Sampling::poisson:
      return {.parts = {{.pair = sampled_pair(sigma, q, direction)}}};
    case Sampling::known_poisson:
      return {.parts = {{.weight = q, .pair = sampled_pair(sigma, 1.0, direction)}},
              .at_zero = 1.0 - q};
    case Sampling::truncated_poisson:
      return truncated_loss(mechanism, direction);
    case Sampling::fixed_size:
      return subset_loss(mechanism.noise_multiplier, q);
  }
  throw std::invalid_argument("expected a known sampling, got another number");
}

bool symmetric(const Mechanism& mechanism) {
  return mechanism.rate == 1.0 || mechanism.sampling == Sampling::known_poisson ||
         mechanism.sampling == Sampling::fixed_size;
}

std::vector<LossNode> loss_nodes(const PrivacyLoss& loss, double tail) {
  std::vector<LossNode> nodes;
  if (loss.at_zero > 0.0) nodes.push_back({0.0, loss.at_zero});
  for (const auto& part : loss.parts) {
    const double from = std::max(part.from, lower_end(part.pair, tail));
    const double to = std::min(part.to, upper_end(part.pair, tail));
    legendre_nodes(from, to, 0.5 * part.pair.length(), [&](double x, double weight) {
      const double ratio = part.pair.ratio(x);
      nodes.push_back({std::log(ratio), part.weight * weight * ratio * part.pair.density_q(x)});
    });
  }
  return nodes;
}

}  // namespace assay::dp
