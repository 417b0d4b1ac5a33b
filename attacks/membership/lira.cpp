#include "attacks/membership/lira.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log.h>
#include <fmt/format.h>

#include <stdexcept>

#include "attacks/membership/confidence.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "lira";
constexpr std::int64_t kShadowsForOwnVariance = 64;
/// Of a scaled confidence, in nats: trainings that agree to the last digit are no certainty.
constexpr double kLeastVariance = 1e-6;

/// Each candidate's normal law over trainings.
struct Law {
  at::Tensor mean, variance;  // [candidates]

  at::Tensor log_density(const at::Tensor& phi) const {
    return -0.5 * (at::log(variance) + (phi - mean).square() / variance);
  }
};

/// The law over the shadows that `chosen` [shadows, candidates] picks.
Law law_over(const at::Tensor& phi, const at::Tensor& chosen, bool own_variance, const char* side) {
  const auto weight = chosen.to(at::kDouble);
  const auto count = weight.sum(0);
  const auto fewest = count.min().item<double>();
  if (fewest < (own_variance ? 2 : 1)) {
    throw std::invalid_argument(
        fmt::format("{}: expected every candidate {} at least {} shadow model(s), got one {} {}",
                    kName, side, own_variance ? 2 : 1, side, fewest));
  }
  const auto mean = (weight * phi).sum(0) / count;
  const auto squares = weight * (phi - mean).square();
  if (own_variance) return {mean, (squares.sum(0) / (count - 1)).clamp_min(kLeastVariance)};
  const double freedom = (count - 1).sum().item<double>();
  if (freedom < 1) {
    throw std::invalid_argument(
        fmt::format("{}: expected some candidate {} 2 shadow models or more", kName, side));
  }
  return {mean, (squares.sum() / freedom).clamp_min(kLeastVariance).expand_as(mean)};
}

class Lira final : public Attack {
 public:
  explicit Lira(const LiraOptions& options) : o_(options) {}

  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream&,
               const Progress& progress) override {
    ModelOracle oracle(view, kName);
    const auto& candidates = candidates_of(auxiliary, kName);
    const auto phi = scaled_confidence(oracle.logits(candidates.inputs), candidates.labels);
    const auto shadows = shadow_confidences(auxiliary, candidates, kName);
    progress(1.0);
    return membership_evidence(lira_scores(phi, shadows, o_), oracle);
  }

 private:
  LiraOptions o_;
};

}  // namespace

void LiraOptions::validate() const {
  // Two of each kind, from which to estimate a variance.
  if (shadows < 4 || shadows % 2 != 0) {
    throw std::invalid_argument(
        fmt::format("lira: expected an even number of shadows, 4 or more, got {}", shadows));
  }
}

at::Tensor lira_scores(const at::Tensor& target, const ShadowConfidences& shadows,
                       const LiraOptions& options) {
  using Variance = LiraOptions::Variance;
  const bool own =
      options.variance == Variance::per_example ||
      (options.variance == Variance::automatic && shadows.phi.size(0) >= kShadowsForOwnVariance);
  const auto out = law_over(shadows.phi, shadows.members.logical_not(), own, "out of");
  if (!options.online) return (target - out.mean) / out.variance.sqrt();
  const auto in = law_over(shadows.phi, shadows.members, own, "in");
  return in.log_density(target) - out.log_density(target);
}

std::unique_ptr<Attack> make_lira(const LiraOptions& options) {
  options.validate();
  return std::make_unique<Lira>(options);
}

}  // namespace assay::attacks
