#include "attacks/dp_audit/gradient_canary.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/core.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "attacks/dp_audit/released_sums.h"
#include "attacks/membership/model_oracle.h"
#include "core/view/canary_coordinate.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "gradient-canary";
constexpr double kMedianOfNormal = 0.6745;  // of |N(0, 1)|
constexpr double kRarely = 0.25;            // below that the median step is one without a canary
constexpr double kErrorOfMedian = 1.2533;   // of n normal values: sqrt(pi / 2) sigma / sqrt(n)
constexpr double kFar = 3.0;
constexpr double kLeastNoise = 1e-3;  // in units of a contribution: less is as good as none

/// What the system tells everybody about itself.
struct Announced {
  double expected_batch = 0.0, sampling_rate = 1.0;
  double contribution = 1.0;                     ///< of a canary to the sum of a step
  std::vector<std::vector<std::int64_t>> draws;  ///< canaries of each step, if that is public

  explicit Announced(const PublicDescription& description) {
    const auto& parameters = description.parameters;
    for (const auto* name : {"expected_batch", "sampling_rate", "canary_norm"}) {
      if (parameters.contains(name)) continue;
      throw std::invalid_argument(fmt::format("{}: expected a system that tells its {}, got {}",
                                              kName, name, description.kind));
    }
    contribution = parameters.at("canary_norm");
    if (description.clip_norm) contribution = std::min(contribution, *description.clip_norm);
    expected_batch = parameters.at("expected_batch");
    sampling_rate = parameters.at("sampling_rate");
    if (parameters.contains("draws")) draws = parameters.at("draws");
  }
};

/// Of each step, the noise that a worker drew: [coordinates].
std::map<std::int64_t, at::Tensor> own_noise(const View& view) {
  std::map<std::int64_t, at::Tensor> out;
  for (const auto& o : view.observations) {
    if (o.kind() == ObservationKind::own_update && o.occasion().probe.empty())
      out[o.occasion().step] = flatten(o.update().values).to(at::kDouble);
  }
  return out;
}

/// As much of `known` taken out of `sum` as there is in it.
at::Tensor without(const at::Tensor& sum, const at::Tensor& known) {
  const auto square = known.dot(known).item<double>();
  return square > 0.0 ? sum - (sum.dot(known).item<double>() / square) * known : sum;
}

/// ln(1 - q + q exp(a)), elementwise.
at::Tensor log_mixture(double q, const at::Tensor& a) {
  if (q >= 1.0) return a;
  // = ln(1 - q) + ln(1 + exp(a + ln(q / (1 - q))))
  return std::log1p(-q) + at::softplus(a + (std::log(q) - std::log1p(-q)));
}

class GradientCanary final : public Attack {
 public:
  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream&,
               const Progress& progress) override {
    const Announced announced(view.context.defense);
    const auto count = candidates_of(auxiliary, kName).size();
    const auto gradients = released_gradients(view, kName);
    const auto coordinates = gradients.front().numel();
    std::vector<std::int64_t> at_canaries;
    for (std::int64_t i = 0; i < count; ++i)
      at_canaries.push_back(canary_coordinate(i, count, coordinates));
    const auto where = at::tensor(at_canaries, at::kLong);
    const auto noise = own_noise(view);

    std::vector<at::Tensor> seen;  // of each step, at the canaries' coordinates
    std::vector<double> sigma;     // and the noise around it
    for (std::size_t t = 0; t < gradients.size(); ++t) {
      auto sum = gradients[t] * (announced.expected_batch / announced.contribution);
      if (const auto own = noise.find(static_cast<std::int64_t>(t)); own != noise.end())
        sum = without(sum, own->second);
      seen.push_back(sum.index_select(0, where));
      sigma.push_back(std::max(kLeastNoise, sum.abs().median().item<double>() / kMedianOfNormal));
      progress(static_cast<double>(t + 1) / static_cast<double>(gradients.size()));
    }
    const auto all = at::stack(seen);
    return evidence_of(
        scores(all, sigma, announced).masked_fill(disturbed(all, sigma, announced), 0.0));
  }

 private:
  /// Which canaries, of `seen` [steps, canaries], stand where the other records pull: they do so at
  /// every step, a canary now and then. There the median over the steps is far from 0.
  static at::Tensor disturbed(const at::Tensor& seen, const std::vector<double>& sigma,
                              const Announced& announced) {
    if (announced.sampling_rate > kRarely) return at::zeros({seen.size(1)}, at::kBool);
    auto sorted = sigma;
    std::nth_element(sorted.begin(), sorted.begin() + std::ssize(sorted) / 2, sorted.end());
    const double error =
        kErrorOfMedian * sorted[sorted.size() / 2] / std::sqrt(static_cast<double>(seen.size(0)));
    return std::get<0>(seen.median(0)).abs() > kFar * error;
  }

  static at::Tensor scores(const at::Tensor& seen, const std::vector<double>& sigma,
                           const Announced& announced) {
    auto score = at::zeros({seen.size(1)}, at::kDouble);
    for (std::int64_t t = 0; t < seen.size(0); ++t) {
      const auto step = static_cast<std::size_t>(t);
      const auto evidence = (seen[t] - 0.5) / (sigma[step] * sigma[step]);
      if (announced.draws.empty()) {
        score += log_mixture(announced.sampling_rate, evidence);
        continue;
      }
      for (const auto canary : announced.draws.at(step))
        score[canary] += evidence[canary];
    }
    return score;
  }

  static Evidence evidence_of(const at::Tensor& score) {
    Evidence evidence;
    const auto* value = score.const_data_ptr<double>();
    for (std::int64_t i = 0; i < score.numel(); ++i)
      evidence.memberships.push_back({i, value[i]});
    return evidence;
  }
};

}  // namespace

std::unique_ptr<Attack> make_gradient_canary(const AuditOptions& options) {
  options.validate();
  return std::make_unique<GradientCanary>();
}

}  // namespace assay::attacks
