#pragma once

#include <string>

namespace assay::scenarios {

/// A scenario on secrets, with an attack on shares that must be at its null.
inline const std::string kSecretScenario = R"(schema: 1
id: secret
threats:
  - {id: shares, adversary: ["party:0", "party:1", dealer], sees: [share], knows: []}
data: {name: mnist, clients: 2, owners: [1, 1]}
model: {name: logistic-regression}
train: {rounds: 3, batch: 8, lr: 0.1}
probes:
  - {id: early, steps: [0], victims: 80, fresh_model: true}
  - {id: late, steps: [2], victims: 80}
systems:
  - {id: clear, kind: mpc, protocol: plain, parties: 2, control: true}
  - {id: third, kind: mpc, protocol: additive, parties: 2, provider: trusted_third_party}
attacks:
  - {id: add-up, kind: share_recovery, threat: shares, probe: early}
metrics:
  - {id: success_rate, from: add-up, worse: higher, tolerance: 0.3}
controls:
  - {attack: add-up, metric: success_rate, at_least: 0.8}
  - {attack: add-up, metric: success_rate, at_null: true, systems: [third], roles: ["party:0", dealer]}
)";

}  // namespace assay::scenarios
