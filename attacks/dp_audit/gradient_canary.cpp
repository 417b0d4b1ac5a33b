#include "attacks/dp_audit/gradient_canary.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/softplus.h>
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
constexpr double kLeastNoise = 1e-3;        // in units of C: less is as good as none

/// What the system tells everybody about itself.
struct Announced {
  double expected_batch = 0.0, sampling_rate = 1.0;
  std::optional<double> clip_norm;
  std::vector<std::vector<std::int64_t>> draws;  ///< canaries of each step, if that is public

  explicit Announced(const PublicDescription& description) : clip_norm(description.clip_norm) {
    const auto& parameters = description.parameters;
    if (!parameters.contains("expected_batch") || !parameters.contains("sampling_rate")) {
      throw std::invalid_argument(fmt::format(
          "{}: expected a system that tells its expected batch and sampling rate, got {}", kName,
          description.kind));
    }
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

    auto score = at::zeros({count}, at::kDouble);
    for (std::size_t t = 0; t < gradients.size(); ++t) {
      auto sum = gradients[t] * announced.expected_batch;
      if (const auto own = noise.find(static_cast<std::int64_t>(t)); own != noise.end())
        sum = without(sum, own->second);
      score += of_step(sum, where, announced, t);
      progress(static_cast<double>(t + 1) / static_cast<double>(gradients.size()));
    }
    if (!announced.clip_norm) score = score - score.median();
    return evidence_of(score);
  }

 private:
  /// What step t says for "in", [canaries].
  static at::Tensor of_step(const at::Tensor& sum, const at::Tensor& where,
                            const Announced& announced, std::size_t t) {
    if (!announced.clip_norm) return sum.index_select(0, where);
    const auto scaled = sum / *announced.clip_norm;
    const double sigma =
        std::max(kLeastNoise, scaled.abs().median().item<double>() / kMedianOfNormal);
    const auto evidence = (scaled.index_select(0, where) - 0.5) / (sigma * sigma);
    if (announced.draws.empty()) return log_mixture(announced.sampling_rate, evidence);
    auto drawn = at::zeros({where.numel()}, at::kDouble);
    for (const auto canary : announced.draws.at(t))
      drawn[canary] = 1.0;
    return evidence * drawn;
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
