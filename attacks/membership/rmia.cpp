#include "attacks/membership/rmia.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/searchsorted.h>
#include <fmt/format.h>

#include <stdexcept>

#include "attacks/membership/confidence.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "rmia";
/// Of a label that every reference model rules out: the ratio stays a number.
constexpr double kLeastProbability = 1e-12;

/// The mean of `p` [shadows, records] over the shadows that `chosen` picks.
at::Tensor mean_over(const at::Tensor& p, const at::Tensor& chosen, const char* side) {
  const auto weight = chosen.to(at::kDouble);
  const auto count = weight.sum(0);
  if (count.min().item<double>() < 1) {
    throw std::invalid_argument(
        fmt::format("{}: expected every candidate {} some shadow model", kName, side));
  }
  return (weight * p).sum(0) / count;
}

at::Tensor without_having_seen(const at::Tensor& p_out, double a) {
  return ((1 + a) * p_out + (1 - a)) / 2;
}

class Rmia final : public Attack {
 public:
  explicit Rmia(const RmiaOptions& options) : o_(options) {}

  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream&,
               const Progress& progress) override {
    ModelOracle oracle(view, kName);
    const auto& candidates = candidates_of(auxiliary, kName);
    if (!auxiliary.public_data || auxiliary.public_data->size() == 0)
      throw std::invalid_argument("rmia: expected public records to compare with, got none");
    const auto& z = *auxiliary.public_data;
    const auto asked = [&](const Dataset& records) {
      return scaled_confidence(oracle.logits(records.inputs), records.labels);
    };
    const RmiaConfidences confidences{asked(candidates),
                                      shadow_confidences(auxiliary, candidates, kName), asked(z),
                                      shadow_confidences(auxiliary, z, kName).phi};
    progress(1.0);
    return membership_evidence(rmia_scores(confidences, o_), oracle);
  }

 private:
  RmiaOptions o_;
};

}  // namespace

void RmiaOptions::validate() const {
  if (shadows < 2 || shadows % 2 != 0) {
    throw std::invalid_argument(
        fmt::format("rmia: expected an even number of shadows, 2 or more, got {}", shadows));
  }
  if (!(gamma >= 1))
    throw std::invalid_argument(fmt::format("rmia: expected gamma >= 1, got {}", gamma));
  if (!(offline_a >= 0 && offline_a <= 1))
    throw std::invalid_argument(
        fmt::format("rmia: expected offline_a in [0, 1], got {}", offline_a));
}

at::Tensor rmia_scores(const RmiaConfidences& c, const RmiaOptions& options) {
  const auto p = probability(c.shadows.phi);
  const auto p_out = mean_over(p, c.shadows.members.logical_not(), "out of");
  const auto p_x = options.online ? (mean_over(p, c.shadows.members, "in") + p_out) / 2
                                  : without_having_seen(p_out, options.offline_a);
  const auto p_z = without_having_seen(probability(c.shadows_public).mean(0), options.offline_a);
  const auto ratio_x = probability(c.target) / p_x.clamp_min(kLeastProbability);
  const auto ratio_z = probability(c.target_public) / p_z.clamp_min(kLeastProbability);
  // LR(x, z) >= gamma where gamma * ratio_z <= ratio_x.
  const auto sorted = std::get<0>((options.gamma * ratio_z).sort());
  const auto beaten = at::searchsorted(sorted, ratio_x.contiguous(), /*out_int32=*/false,
                                       /*right=*/true);
  return beaten.to(at::kDouble) / static_cast<double>(ratio_z.numel());
}

std::unique_ptr<Attack> make_rmia(const RmiaOptions& options) {
  options.validate();
  return std::make_unique<Rmia>(options);
}

}  // namespace assay::attacks
