#include "scenarios/spec/check_audits.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/data/corpus.h"
#include "scenarios/plan/audits.h"
#include "scenarios/spec/located.h"
#include "scenarios/spec/model.h"

namespace assay::scenarios {
namespace {

class AuditChecker final : Located {
 public:
  using Located::Located;

  /// Canaries stand in the place of private records.
  void canaries(const std::string& path, const ProbeSection& probe) const {
    if (!probe.steps.empty() || probe.victims > 0 || probe.fresh_model || probe.candidates > 0)
      fail(path, "expected 'canaries' without 'steps', 'victims', 'fresh_model' or 'candidates'");
    const auto records = spec_.data.sizes().train;
    if (probe.canaries > records) {
      fail(path + "/canaries",
           fmt::format("expected at most the {} private records, got {}", records, probe.canaries));
    }
    const auto parameters = located("/model", [&] { return parameter_count(model_of(spec_)); });
    if (probe.canary == ProbeSection::Canary::gradient && probe.canaries > parameters) {
      fail(path + "/canaries",
           fmt::format("expected at most a canary for each of the model's {} parameters, got {}",
                       parameters, probe.canaries));
    }
  }

  /// An audit holds a claim against coins: the canaries, who guesses, of what system.
  void audit(const std::string& path, const AttackSection& attack) const {
    const auto& probe = spec_.probe(attack.probe);
    const bool gradients = attack.method == "gradient-canary";
    if ((probe.canary == ProbeSection::Canary::gradient) != gradients) {
      fail(path + "/probe", fmt::format("expected a probe with canary: {} for {}",
                                        gradients ? "gradient" : "input", attack.method));
    }
    if (audit_guesses(attack) > probe.canaries) {
      fail(path + "/guesses", fmt::format("expected at most the {} canaries of the probe, got {}",
                                          probe.canaries, audit_guesses(attack)));
    }
    if (gradients && spec_.train.optimizer.kind != OptimizerKind::sgd) {
      fail("/train/optimizer",
           "expected sgd for gradient-canary, which reads sums off the steps of the model");
    }
    const auto& threat = spec_.threat(attack.threat);
    for (const auto& role : threat.adversary) {
      const auto stands_for = claimed_role(role);
      if (!stands_for || (!gradients && *stands_for != "outsider")) {
        fail(path + "/threat", fmt::format("expected {} for {}, got {}",
                                           gradients ? "outsider, client:N or peer:N" : "outsider",
                                           attack.method, role));
      }
      if (*stands_for == "worker" &&
          std::find(threat.sees.begin(), threat.sees.end(), "own_update") == threat.sees.end()) {
        fail(path + "/threat", fmt::format("a worker knows its own noise: expected the threat '{}' "
                                           "to see own_update",
                                           threat.id));
      }
    }
    for (std::size_t i = 0; i < spec_.systems.size(); ++i) {
      const auto refusal = refusal_of_canaries(spec_.systems[i]);
      if (refusal.empty()) continue;
      fail(fmt::format("/systems/{}/kind", i),
           fmt::format("expected dp_sgd systems that clip examples, with noise drawn anew, beside "
                       "the audit '{}', got {}",
                       attack.id, refusal));
    }
  }
};

}  // namespace

void check_canaries(const Spec& spec, const std::string& path, const ProbeSection& probe) {
  AuditChecker(spec).canaries(path, probe);
}

void check_audit(const Spec& spec, const std::string& path, const AttackSection& attack) {
  AuditChecker(spec).audit(path, attack);
}

}  // namespace assay::scenarios
