#include <set>

#include "scenarios/plan/membership_power.h"
#include "scenarios/plan/plan.h"
#include "scenarios/plan/power.h"
#include "scenarios/results/results.h"
#include "scenarios/spec/writer.h"
#include "tests/catch.h"
#include "tests/scenarios/membership_scenario.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

std::string changed(const std::string& from, const std::string& to) {
  auto text = kMembershipScenario;
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Plan plan_of(const std::string& text) {
  return plan_with_fingerprint(parse_spec(text, "membership.yaml"), {}, "data", "cpu", "1");
}

TEST_CASE("a membership scenario is read, and reads the same from its canonical form") {
  const auto spec = parse_spec(kMembershipScenario, "membership.yaml");
  CHECK(spec.probe("half").candidates == 40);
  CHECK(shadow_models(spec.attack("loss")) == 0);
  CHECK(shadow_models(spec.attack("lira")) == 4);
  CHECK(canonical(parse_spec(canonical(spec).dump(), "again")) == canonical(spec));
}

TEST_CASE("mistakes of membership scenarios are told at their place") {
  const struct {
    std::string from, to, expect;
  } mistakes[] = {
      {"candidates: 40", "candidates: 41", "expected an even number of candidates, 20 or more"},
      {"candidates: 40", "candidates: 10", "20 or more, got 10"},
      {"candidates: 40", "candidates: 140", "expected at most the 120 private records, got 140"},
      {"candidates: 40", "candidates: 40, steps: [0]", "expected 'candidates' without 'steps'"},
      {"candidates: 40", "candidates: 40, victims: 3", "expected 'candidates' without 'steps'"},
      {"candidates: 40", "steps: [0], victims: 3", "expected a probe with candidates for"},
      {"candidates: 40", "victims: 3", "expected the field 'steps' (or 'candidates', or 'canaries')"},
      {"candidates: 40", "steps: [0]", "expected the field 'victims'"},
      {", probe: half, shadows: 4", ", shadows: 4", "expected the field 'probe' for membership"},
      {"shadows: 4", "shadows: 5", "expected an even number of shadows"},
      {"shadows: 4", "shadows: 2", "expected a value from 4"},
      {"adversary: [outsider]", "adversary: [outsider, \"client:1\"]",
       "expected adversaries that hold no records (outsider, server or eavesdropper) for "
       "membership, got client:1"},
      {"method: lira", "method: lyra", "did you mean 'lira'"},
      {"sees: [released_model]", "sees: [client_update]", "membership reads released_model"},
      {"knows: [architecture]", "knows: [labels]", "membership needs to know the architecture"},
      {"threat: holder, probe: half}\n  - {id: lira",
       "threat: holder, probe: half, adaptive: [true]}\n  - {id: lira", "has no adaptive form"},
      {"{id: auc, from: loss", "{id: tpr_at_one_percent, from: loss",
       "'tpr_at_one_percent' needs 1000 non-members, the probe 'half' has 20"},
      {"{attack: loss, metric: auc", "{attack: loss, metric: tpr_at_one_permille",
       "needs 10000 non-members"},
      {"seeds: [1, 2, 3, 4, 5]", "seeds: [1]", "expected at least 5 seeds"},
      {"at_least: 0.6, expect: 0.95}\n  - {attack: lira",
       "at_least: 0.6, expect: 0.6}\n  - {attack: lira",
       "a healthy attack, which reaches 0.6, would miss this control"},
      {"at_least: 0.6, expect: 0.95}\n  - {attack: lira", "at_least: 0.6}\n  - {attack: lira",
       "expected the field 'expect'"},
      {"name: census, train: 120, test: 60, auxiliary: 50, clients: 2}\nmodel: {name: mlp, hidden: "
       "[16]}\ntrain: {",
       "name: sensor-field, train: 120, test: 60, auxiliary: 50, clients: 2}\nmodel: {name: gcn}\n"
       "train: {loss: mse, ",
       "needs records with classes"},
  };
  for (const auto& mistake : mistakes) {
    INFO(mistake.from << " -> " << mistake.to);
    CHECK_THROWS_WITH(parse_spec(changed(mistake.from, mistake.to), "membership.yaml"),
                      Contains(mistake.expect) && Contains("membership.yaml:"));
  }
  // For the record a rate below resolution may be asked for.
  CHECK_NOTHROW(parse_spec(changed("metrics:\n",
                                   "metrics:\n  - {id: tpr_at_one_percent, from: loss, "
                                   "worse: higher, kind: informational}\n"),
                           "membership.yaml"));
}

TEST_CASE("attacks on one probe share its target and their shadows") {
  const auto plan = plan_of(kMembershipScenario);
  std::map<std::int64_t, int> worlds;  // of one seed
  std::map<std::string, std::vector<std::string>> needs;
  int attacks = 0;
  for (const auto& cell : plan.cells) {
    if (cell.seed != 1) continue;
    if (cell.purpose == Cell::Purpose::membership) ++worlds[cell.world];
    if (cell.purpose == Cell::Purpose::attack) {
      needs[cell.attack] = cell.needs;
      ++attacks;
    }
  }
  CHECK(worlds == std::map<std::int64_t, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}});
  CHECK(attacks == 3);
  REQUIRE(needs["loss"].size() == 1);
  REQUIRE(needs["lira"].size() == 5);
  REQUIRE(needs["rmia"].size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(needs["rmia"][i] == needs["lira"][i]);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(plan.cell(needs["lira"][i]).world == static_cast<std::int64_t>(i));
}

TEST_CASE(
    "the run itself knows nothing of a membership experiment; trainings of one depend on it") {
  const auto keys = [](const std::string& text, Cell::Purpose purpose) {
    std::set<std::string> out;
    for (const auto& cell : plan_of(text).cells) {
      if (cell.purpose == purpose) out.insert(cell.key);
    }
    return out;
  };
  const auto more = changed("candidates: 40", "candidates: 60");
  const auto shadows = changed("shadows: 4", "shadows: 6");
  CHECK(keys(more, Cell::Purpose::run) == keys(kMembershipScenario, Cell::Purpose::run));
  const auto before = keys(kMembershipScenario, Cell::Purpose::membership),
             of_more = keys(more, Cell::Purpose::membership),
             of_shadows = keys(shadows, Cell::Purpose::membership);
  for (const auto& key : before) {
    CHECK(!of_more.contains(key));
    CHECK(of_shadows.contains(key));  // two are new, none changes
  }
  CHECK(of_shadows.size() == before.size() + 10);
}

/// Every training and attack ends well, and every attack has the AUC 0.8.
Results made_up_results(const Spec& spec, const Plan& plan) {
  std::vector<EventLog::Event> events;
  for (const auto& cell : plan.cells) {
    json event = {{"event", "cell"}, {"key", cell.key}, {"status", "ok"}};
    if (cell.kind == Cell::Kind::train) {
      json costs = {{"by_phase", json::object()}, {"simulated_seconds_on", json::object()}};
      for (const auto* id : {"bytes", "wire_bytes", "rounds", "messages", "simulated_seconds"})
        costs[id] = 1;
      event["result"] = {
          {"costs", costs}, {"utility", {{"test_accuracy", 0.5}}}, {"claims", json::array()}};
    } else {
      const auto values = [&](double auc) {
        return json{{"auc", auc + 0.01 * static_cast<double>(cell.seed)},
                    {"advantage", auc - 0.4},
                    {"tpr_at_one_percent", json()},
                    {"tpr_at_one_permille", json()}};
      };
      event["result"] = {{"attack", json::object()},
                         {"score",
                          {{"units",
                            {{{"unit", "model"},
                              {"values", values(0.8)},
                              {"nulls", {{"the records alone", values(0.5)}}},
                              {"diverged", false},
                              {"gradient_evaluations", 0}}}}}}};
    }
    events.push_back(std::move(event));
  }
  return aggregate(spec, plan, events, false);
}

TEST_CASE("rows of membership have an interval over seeds, a null, or too little resolution") {
  const auto spec = parse_spec(kMembershipScenario, "membership.yaml");
  const auto results = made_up_results(spec, plan_of(kMembershipScenario));
  CHECK(results.verdict == "complete");
  const auto* auc = results.find("small-membership/plain/lira/outsider/auc");
  REQUIRE(auc != nullptr);
  CHECK(auc->resolution == "ok");
  CHECK(auc->estimate.value == Approx(0.83));
  CHECK(auc->estimate.interval == "t_seeds");
  CHECK(auc->n_seeds == 5);
  CHECK(auc->null_name == "the records alone");
  CHECK(auc->null.value == Approx(0.53));
  CHECK(std::count(auc->assumptions.begin(), auc->assumptions.end(), "holds 4 shadow models") == 1);
  const auto* tpr = results.find("small-membership/plain/lira/outsider/tpr_at_one_percent");
  REQUIRE(tpr != nullptr);
  CHECK(tpr->resolution == "below resolution");
  CHECK(tpr->reason == "a false-positive rate of 1 % takes 1000 non-members or more, there are 20");
  CHECK_FALSE(tpr->estimate.value);
  CHECK(tpr->units.empty());
}

TEST_CASE("the power of a membership control grows with candidates, seeds and the attack") {
  const MetricFacts auc{"auc", "", "", Aggregate::mean};
  const auto power = [&](double expect, std::int64_t candidates, std::int64_t seeds) {
    return membership_control_power(auc, expect, 0.6, candidates, seeds);
  };
  CHECK(power(0.75, 2000, 5) > 0.99);
  CHECK(power(0.6, 2000, 5) < 0.1);  // the lower end of such an interval rarely lies at its mean
  CHECK(power(0.65, 200, 5) < power(0.65, 2000, 5));
  CHECK(power(0.65, 200, 5) < power(0.65, 200, 20));
  CHECK(power(0.9, 2000, 1) == 0.0);
  // Guesses of 100 against 100 are not told from chance, whatever the floor.
  CHECK(membership_control_power(auc, 0.5, 0.0, 200, 5) < 0.05);
  CHECK(membership_null(auc, 200, 5) == Approx(0.5 + 3 * 0.05 / std::sqrt(5.0)));
  const auto spec = parse_spec(kMembershipScenario, "membership.yaml");
  CHECK(*control_power(spec, spec.controls.front(), 0.95) > 0.95);
}

}  // namespace
}  // namespace assay::scenarios
