#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"
#include "tests/scenarios/text_scenario.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

TEST_CASE("texts go through a whole run: two systems, three attacks, a null, the same again") {
  const QuickRun run(kTextScenario);
  // So short a training has learnt nothing by heart, which the controls notice.
  REQUIRE(run.run("out", {"--seeds", "1..2"}).code == 4);
  const auto results = json::parse(results_of(run.folder("out")));
  for (const auto& cell : results["cells"])
    CHECK(cell["status"] == "ok");
  int of_attacks = 0, accuracies = 0;
  for (const auto& row : results["rows"]) {
    INFO(row["id"]);
    if (row["metric"] == "test_accuracy") {
      ++accuracies;
      CHECK(row["value"].get<double>() > 0.15);
    }
    if (row["metric"] != "auc") continue;
    ++of_attacks;
    CHECK(row["null"]["attacker"] == "the records alone");
    CHECK(row["value"].get<double>() > 0.3);
  }
  CHECK(accuracies == 2);
  CHECK(of_attacks == 6);
  REQUIRE(run.run("again", {"--seeds", "1..2"}).code == 4);
  CHECK(results_of(run.folder("again")) == results_of(run.folder("out")));
}

TEST_CASE("an audit of a training on texts plants canaries of both kinds") {
  const QuickRun run(R"(schema: 1
id: text-audit
threats:
  - {id: reader, adversary: [outsider], sees: [released_model], knows: [architecture, hyperparameters]}
data: {name: messages, train: 400, test: 60, auxiliary: 50, clients: 2}
model: {name: deep-averaging, hidden: [16], activation: relu, width: 4}
train: {rounds: 20, batch: 10, optimizer: sgd, lr: 0.2}
probes:
  - {id: gradients, canaries: 300}
  - {id: records, canaries: 100, canary: input}
systems:
  - {id: plain, kind: dp_sgd, noise_multiplier: 0.0, control: true}
  - {id: correct, kind: dp_sgd, noise_multiplier: 1.5}
attacks:
  - {id: steps, kind: dp_audit, method: gradient-canary, threat: reader, probe: gradients, guesses: 60}
  - {id: end, kind: dp_audit, method: input-canary, threat: reader, probe: records, guesses: 40}
repeats: {seeds: [1, 2]}
metrics:
  - {id: audited_epsilon, from: steps, worse: higher, kind: informational}
  - {id: audited_epsilon, from: end, worse: higher, kind: informational}
controls:
  - {attack: steps, metric: audited_epsilon, at_least: 1.0, expect: 2.2}
  - {attack: end, metric: guesses_right, at_least: 1, expect: 30}
)");
  const auto finished = run.run("out");
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  const auto results = json::parse(results_of(run.folder("out")));
  CHECK(results["verdict"] == "complete");
  for (const auto& control : results["controls"])
    CHECK(control["met"] == true);
}

}  // namespace
}  // namespace assay::scenarios
