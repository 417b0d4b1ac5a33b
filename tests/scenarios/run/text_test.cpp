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
  CHECK(results["utility"].size() == 2);
  for (const auto& row : results["utility"])
    CHECK(row["value"].get<double>() > 0.15);
  int of_attacks = 0;
  for (const auto& row : results["rows"]) {
    INFO(row["id"]);
    if (row["metric"] != "auc") continue;
    ++of_attacks;
    CHECK(row["null"]["attacker"] == "the records alone");
    CHECK(row["value"].get<double>() > 0.3);
  }
  CHECK(of_attacks == 6);
  REQUIRE(run.run("again", {"--seeds", "1..2"}).code == 4);
  CHECK(results_of(run.folder("again")) == results_of(run.folder("out")));
}

/// An audit of 400 messages, but for how it trains and what its canaries are.
std::string audit_scenario(const std::string& train, const std::string& probe,
                           const std::string& attack, const std::string& control) {
  return R"(schema: 1
id: text-audit
threats:
  - {id: reader, adversary: [outsider], sees: [released_model],
     knows: [architecture, hyperparameters]}
data: {name: messages, train: 400, test: 60, auxiliary: 50, clients: 2}
model: {name: deep-averaging, hidden: [16], activation: relu, width: 4}
train: {)" +
         train + R"(}
probes:
  - {id: canaries, )" +
         probe + R"(}
systems:
  - {id: plain, kind: dp_sgd, noise_multiplier: 0.0, control: true}
attacks:
  - {id: audit, kind: dp_audit, threat: reader, probe: canaries, )" +
         attack + R"(}
repeats: {seeds: [1, 2, 3]}
metrics:
  - {id: audited_epsilon, from: audit, worse: higher, kind: informational}
controls:
  - {attack: audit, )" +
         control + R"(}
)";
}

TEST_CASE("an audit of a training on texts plants canaries of both kinds") {
  const std::pair<const char*, std::string> audits[] = {
      {"gradients", audit_scenario("rounds: 20, batch: 10, optimizer: sgd, lr: 0.2",
                                   "canaries: 300", "method: gradient-canary, guesses: 60",
                                   "metric: audited_epsilon, at_least: 1.0, expect: 2.5")},
      // Without noise 33 to 40 of 40 coins in 24 trainings. Builds draw different keys: of two
      // seeds the interval would miss the floor in one build of five, of three in none of 2,024
      // choices among these.
      {"records",
       audit_scenario("rounds: 100, batch: 40, optimizer: adam, lr: 0.02",
                      "canaries: 100, canary: input", "method: input-canary, guesses: 40",
                      "metric: guesses_right, at_least: 25, expect: 39")},
  };
  for (const auto& [name, scenario] : audits) {
    INFO(name);
    const QuickRun run(scenario);
    const auto finished = run.run("out");
    INFO(finished.out << finished.err);
    REQUIRE(finished.code == 0);
    const auto results = json::parse(results_of(run.folder("out")));
    CHECK(results["verdict"] == "complete");
    for (const auto& control : results["controls"])
      CHECK(control["met"] == true);
  }
}

}  // namespace
}  // namespace assay::scenarios
