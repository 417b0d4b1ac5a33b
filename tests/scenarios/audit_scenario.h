#pragma once

#include <string>

namespace assay::scenarios {

/// A small audit, in seconds: a correct system, a flawed one, and one without protection.
inline const std::string kAuditScenario = R"(schema: 1
id: small-audit
threats:
  - {id: reader, adversary: [outsider], sees: [released_model], knows: [architecture, hyperparameters]}
  - {id: worker, adversary: ["client:1"], sees: [released_model, own_update], knows: [architecture, hyperparameters]}
data: {name: census, train: 400, test: 60, auxiliary: 50, clients: 4}
model: {name: mlp, hidden: [64]}
train: {rounds: 20, batch: 10, optimizer: sgd, lr: 0.2}
probes:
  - {id: gradients, canaries: 300}
  - {id: records, canaries: 100, canary: input}
systems:
  - {id: plain, kind: dp_sgd, noise_multiplier: 0.0, control: true}
  - {id: correct, kind: dp_sgd, noise_multiplier: 1.5}
  - {id: flawed, kind: dp_sgd, noise_multiplier: 2.0, workers: 2, flaw: clip_after_sum}
attacks:
  - {id: outside, kind: dp_audit, method: gradient-canary, threat: reader, probe: gradients, guesses: 60}
  - {id: inside, kind: dp_audit, method: gradient-canary, threat: worker, probe: gradients, guesses: 60}
  - {id: records, kind: dp_audit, method: input-canary, threat: reader, probe: records, guesses: 40}
repeats: {seeds: [1, 2]}
metrics:
  - {id: audited_epsilon, from: outside, worse: higher, kind: informational}
  - {id: audited_epsilon, from: inside, worse: higher, kind: informational}
  - {id: audited_epsilon, from: records, worse: higher, kind: informational}
controls:
  - {attack: outside, metric: audited_epsilon, at_least: 1.0, expect: 2.2}
  - {attack: inside, metric: audited_epsilon, at_least: 1.0, expect: 2.2}
  - {attack: records, metric: guesses_right, at_least: 1, expect: 30}
)";

}  // namespace assay::scenarios
