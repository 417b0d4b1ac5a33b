#pragma once

#include <string>

namespace assay::scenarios {

/// A small membership experiment, in seconds: 40 candidates, two attacks that share four shadows.
inline const std::string kMembershipScenario = R"(schema: 1
id: small-membership
threats:
  - {id: holder, adversary: [outsider], sees: [released_model], knows: [architecture]}
data: {name: census, train: 120, test: 60, auxiliary: 50, clients: 2}
model: {name: mlp, hidden: [16]}
train: {rounds: 20, batch: 16, optimizer: adam, lr: 0.01}
probes:
  - {id: half, candidates: 40}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
attacks:
  - {id: loss, kind: membership, method: loss-threshold, threat: holder, probe: half}
  - {id: lira, kind: membership, method: lira, threat: holder, probe: half, shadows: 4}
  - {id: rmia, kind: membership, method: rmia, threat: holder, probe: half, shadows: 2}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: auc, from: loss, worse: higher, tolerance: 0.3}
  - {id: auc, from: lira, worse: higher, tolerance: 0.3}
  - {id: advantage, from: rmia, worse: higher, tolerance: 0.3}
controls:
  - {attack: loss, metric: auc, at_least: 0.6, expect: 0.95}
  - {attack: lira, metric: auc, at_least: 0.6, expect: 0.95}
  - {attack: rmia, metric: auc, at_least: 0.6, expect: 0.95}
)";

}  // namespace assay::scenarios
