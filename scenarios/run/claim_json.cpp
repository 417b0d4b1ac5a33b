#include "scenarios/run/claim_json.h"

#include <cmath>

namespace assay::scenarios {

nlohmann::json claim_json(const PrivacyClaim& claim, bool simulated) {
  using nlohmann::json;
  return {{"role", claim.role},
          {"epsilon", std::isfinite(claim.epsilon) ? json(claim.epsilon) : json()},
          {"delta", claim.delta},
          {"accountant", claim.accountant},
          {"relation", claim.relation},
          {"sampling", claim.sampling},
          {"clip_unit", claim.clip_unit},
          {"divisor", claim.divisor},
          {"noise_multiplier", claim.noise_multiplier},
          {"why", claim.why},
          {"simulated", simulated}};
}

}  // namespace assay::scenarios
