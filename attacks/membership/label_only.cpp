#include "attacks/membership/label_only.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <stdexcept>

#include "attacks/membership/model_oracle.h"
#include "attacks/membership/perturbation.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "label-only";

class LabelOnly final : public Attack {
 public:
  explicit LabelOnly(const LabelOnlyOptions& options) : o_(options) {}

  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream& stream,
               const Progress& progress) override {
    ModelOracle oracle(view, kName);
    const auto& candidates = candidates_of(auxiliary, kName);
    const Perturbation perturbation(candidates.inputs, view.context.input_low,
                                    view.context.input_high);
    const auto right = [&](const at::Tensor& inputs) {
      return oracle.labels(inputs).eq(candidates.labels).to(at::kDouble);
    };
    auto score = right(candidates.inputs);
    for (std::int64_t k = 1; k < o_.queries; ++k) {
      const double share = static_cast<double>(k) / static_cast<double>(o_.queries - 1);
      score +=
          right(perturbation.draw(o_.scale * share, stream)) / static_cast<double>(o_.queries - 1);
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
  if (!(scale > 0 && scale <= 1))
    throw std::invalid_argument(fmt::format("label-only: expected scale in (0, 1], got {}", scale));
}

std::unique_ptr<Attack> make_label_only(const LabelOnlyOptions& options) {
  options.validate();
  return std::make_unique<LabelOnly>(options);
}

}  // namespace assay::attacks
