#pragma once

#include <string>

namespace assay::scenarios {

/// A small scenario on texts, in seconds: plain and private training of a mean of words, and who
/// was in the training.
inline const std::string kTextScenario = R"(schema: 1
id: small-text
threats:
  - {id: holder, adversary: [outsider], sees: [released_model], knows: [architecture]}
data: {name: messages, train: 200, test: 60, auxiliary: 50, clients: 2}
model: {name: deep-averaging, hidden: [16], activation: relu, width: 4}
train: {rounds: 20, batch: 16, optimizer: adam, lr: 0.01}
probes:
  - {id: half, candidates: 80}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
  - {id: private, kind: dp_sgd, all_reduce: ring, epsilon: 8.0, delta: 1.0e-3}
attacks:
  - {id: loss, kind: membership, method: loss-threshold, threat: holder, probe: half}
  - {id: lira, kind: membership, method: lira, threat: holder, probe: half, shadows: 4}
  - {id: rmia, kind: membership, method: rmia, threat: holder, probe: half, shadows: 2}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: auc, from: loss, worse: higher, tolerance: 0.3}
  - {id: auc, from: lira, worse: higher, tolerance: 0.3}
  - {id: auc, from: rmia, worse: higher, tolerance: 0.3}
  - {id: test_accuracy, worse: lower, kind: informational}
controls:
  - {attack: loss, metric: auc, at_least: 0.6, expect: 0.95}
  - {attack: lira, metric: auc, at_least: 0.6, expect: 0.95}
  - {attack: rmia, metric: auc, at_least: 0.6, expect: 0.95}
)";

}  // namespace assay::scenarios
