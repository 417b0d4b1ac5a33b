#include "attacks/membership/loss_threshold.h"

#include "attacks/membership/confidence.h"
#include "attacks/membership/model_oracle.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "loss-threshold";

class LossThreshold final : public Attack {
 public:
  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream&,
               const Progress& progress) override {
    ModelOracle oracle(view, kName);
    const auto& candidates = candidates_of(auxiliary, kName);
    const auto phi = scaled_confidence(oracle.logits(candidates.inputs), candidates.labels);
    progress(1.0);
    return membership_evidence(log_probability(phi), oracle);
  }
};

}  // namespace

std::unique_ptr<Attack> make_loss_threshold(const LossThresholdOptions& options) {
  options.validate();
  return std::make_unique<LossThreshold>();
}

}  // namespace assay::attacks
