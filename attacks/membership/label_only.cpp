#include "attacks/membership/label_only.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <stdexcept>

#include "attacks/membership/model_oracle.h"
#include "attacks/membership/perturbation.h"
#include "core/training/evaluate.h"
#include "core/training/loss.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "label-only";

/// What models that were not trained on a candidate make of it.
class Calibration {
 public:
  Calibration(const Auxiliary& auxiliary, bool wanted) {
    if (!wanted) return;
    const auto& candidates = candidates_of(auxiliary, kName);
    members_ = shadow_confidences(auxiliary, candidates, kName).members;
    for (const auto& shadow : auxiliary.shadows)
      models_.push_back(&shadow.model);
    left_out_by_ = members_.logical_not().sum(0).to(at::kDouble);
    if (left_out_by_.min().item<double>() < 1) {
      throw std::invalid_argument(
          fmt::format("{}: expected every candidate out of some shadow model", kName));
    }
  }

  /// The share of them that is right, by `right` of their predicted labels; 0 without models.
  template <class Right>
  at::Tensor expected(const at::Tensor& inputs, const Right& right) const {
    auto sum = at::zeros({inputs.size(0)}, at::kDouble);
    for (std::size_t i = 0; i < models_.size(); ++i) {
      const auto answer = right(predictions(logits_of(*models_[i], inputs)));
      sum += answer * members_[static_cast<std::int64_t>(i)].logical_not();
    }
    return models_.empty() ? sum : sum / left_out_by_;
  }

 private:
  std::vector<const Model*> models_;
  at::Tensor members_, left_out_by_;  // [shadows, candidates] bool, [candidates]
};

class LabelOnly final : public Attack {
 public:
  explicit LabelOnly(const LabelOnlyOptions& options) : o_(options) {}

  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream& stream,
               const Progress& progress) override {
    ModelOracle oracle(view, kName);
    const auto& candidates = candidates_of(auxiliary, kName);
    const Calibration calibration(auxiliary, o_.shadows > 0);
    const Perturbation perturbation(candidates.inputs, view.context.input_low,
                                    view.context.input_high);
    const auto right = [&](const at::Tensor& labels) {
      return labels.eq(candidates.labels).to(at::kDouble);
    };
    const auto gained = [&](const at::Tensor& inputs) {
      return right(oracle.labels(inputs)) - calibration.expected(inputs, right);
    };
    auto score = gained(candidates.inputs);
    for (std::int64_t k = 1; k < o_.queries; ++k) {
      const double share = static_cast<double>(k) / static_cast<double>(o_.queries - 1);
      score +=
          gained(perturbation.draw(o_.scale * share, stream)) / static_cast<double>(o_.queries - 1);
      if (!progress(share)) break;
    }
    return membership_evidence(score, oracle);
  }

 private:
  LabelOnlyOptions o_;
};

}  // namespace

void LabelOnlyOptions::validate() const {
  if (queries < 1) {
    throw std::invalid_argument(
        fmt::format("label-only: expected 1 query or more, got {}", queries));
  }
  if (shadows < 0 || shadows % 2 != 0) {
    throw std::invalid_argument(
        fmt::format("label-only: expected an even number of shadows, or 0, got {}", shadows));
  }
  if (!(scale > 0 && scale <= 1))
    throw std::invalid_argument(fmt::format("label-only: expected scale in (0, 1], got {}", scale));
}

std::unique_ptr<Attack> make_label_only(const LabelOnlyOptions& options) {
  options.validate();
  return std::make_unique<LabelOnly>(options);
}

}  // namespace assay::attacks
