#include "attacks/dp_audit/input_canary.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "attacks/membership/confidence.h"
#include "attacks/membership/model_oracle.h"

namespace assay::attacks {
namespace {

constexpr const char* kName = "input-canary";

class InputCanary final : public Attack {
 public:
  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget&, Stream&,
               const Progress& progress) override {
    ModelOracle oracle(view, kName);
    const auto& canaries = candidates_of(auxiliary, kName);
    const auto phi = scaled_confidence(oracle.logits(canaries.inputs), canaries.labels);
    progress(1.0);
    return membership_evidence(phi - phi.median(), oracle);
  }
};

}  // namespace

std::unique_ptr<Attack> make_input_canary(const AuditOptions& options) {
  options.validate();
  return std::make_unique<InputCanary>();
}

}  // namespace assay::attacks
