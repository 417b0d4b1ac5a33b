#include <cmath>
#include <limits>

#include "scenarios/plan/audits.h"
#include "scenarios/plan/plan.h"
#include "scenarios/results/results.h"
#include "scenarios/spec/writer.h"
#include "tests/catch.h"
#include "tests/scenarios/audit_scenario.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

std::string changed(const std::string& from, const std::string& to) {
  auto text = kAuditScenario;
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Plan plan_of(const Spec& spec, const Selection& selection = {}) {
  return plan_with_fingerprint(spec, selection, "data", "cpu", "1");
}

TEST_CASE("an audit scenario is read, and reads the same from its canonical form") {
  const auto spec = parse_spec(kAuditScenario, "audit.yaml");
  CHECK(spec.probe("gradients").canaries == 300);
  CHECK(spec.probe("records").canary == ProbeSection::Canary::input);
  CHECK(audit_guesses(spec.attack("outside")) == 60);
  CHECK(is_flawed(spec.system("flawed")));
  CHECK(!is_flawed(spec.system("correct")));
  CHECK(!is_flawed(*unprotected(spec.system("flawed"))));
  CHECK(audits_of(spec) == 9);
  CHECK(audit_alpha(spec) == Approx(0.05 / 9));
  CHECK(canonical(parse_spec(canonical(spec).dump(), "again")) == canonical(spec));
}

TEST_CASE("mistakes of audit scenarios are told at their place") {
  const struct {
    std::string from, to, expect;
  } mistakes[] = {
      {"canaries: 300", "canaries: 500", "expected at most the 400 private records, got 500"},
      {"canaries: 300", "canaries: 300, steps: [0]", "expected 'canaries' without 'steps'"},
      {"canaries: 300", "canaries: 300, candidates: 40", "expected 'canaries' without 'steps'"},
      {"canaries: 300", "candidates: 40", "expected a probe with canaries for dp_audit"},
      {"canaries: 300", "canaries: 300, canary: input",
       "expected a probe with canary: gradient for gradient-canary"},
      {"canary: input", "canary: gradient", "expected a probe with canary: input for input-canary"},
      {"canary: input", "canary: inputs", "did you mean 'input'"},
      {"canaries: 300", "canaries: 300, canary_norm: 0", "canary_norm"},
      {"hidden: [64]", "hidden: [2]", "expected at most a canary for each of the model's"},
      {"guesses: 60}", "guesses: 301}", "expected at most the 300 canaries of the probe, got 301"},
      {"optimizer: sgd", "optimizer: adam", "expected sgd for gradient-canary"},
      {"adversary: [outsider]", "adversary: [operator]",
       "expected outsider, client:N or peer:N for gradient-canary, got operator"},
      {"adversary: [outsider]", "adversary: [\"client:1+client:2\"]",
       "expected outsider, client:N or peer:N for gradient-canary, got client:1+client:2"},
      {"threat: reader, probe: records", "threat: worker, probe: records",
       "expected outsider for input-canary, got client:1"},
      {"sees: [released_model, own_update]", "sees: [released_model]",
       "a worker knows its own noise: expected the threat 'worker' to see own_update"},
      {"knows: [architecture, hyperparameters]", "knows: [architecture]",
       "needs to know the hyperparameters"},
      {"{id: plain, kind: dp_sgd, noise_multiplier: 0.0, control: true}",
       "{id: plain, kind: federated, method: synchronous, control: true}",
       "expected dp_sgd systems that clip examples, with noise drawn anew, beside the audit "
       "'outside', got federated"},
      {"noise_multiplier: 0.0, control: true",
       "noise_multiplier: 0.0, control: true, clip_unit: client, sampling: full",
       "beside the audit 'outside', got clip_unit: client"},
      {"noise_multiplier: 0.0, control: true",
       "noise_multiplier: 0.0, control: true, sampling: cyclic, correlation: tree",
       "beside the audit 'outside', got correlation: tree"},
      {"flaw: clip_after_sum", "flaw: clip_after",
       "unknown value 'clip_after'; expected one of none, clip_after_sum"},
      {"flaw: clip_after_sum", "flaw: microbatch_clipping",
       "expected a micro_batch of 1 or more beside the flaw microbatch_clipping"},
      {"workers: 2, flaw: clip_after_sum", "workers: 1, flaw: shared_noise_seed",
       "expected several workers"},
      {"at_least: 1.0, expect: 2.2", "at_least: 2.2, expect: 1.8", "would miss this control in"},
      {"at_least: 1.0, expect: 2.2", "at_least: 1.0", "expected the field 'expect'"},
  };
  for (const auto& mistake : mistakes) {
    INFO(mistake.from << " -> " << mistake.to);
    CHECK_THROWS_WITH(parse_spec(changed(mistake.from, mistake.to), "audit.yaml"),
                      Contains(mistake.expect) && Contains("audit.yaml:"));
  }
}

TEST_CASE("audits share a training with canaries, and are planned against every claim") {
  const auto spec = parse_spec(kAuditScenario, "audit.yaml");
  const auto plan = plan_of(spec, {.systems = {}, .attacks = {}, .seeds = {1}});
  std::map<std::string, std::string> target;  // of "correct", by attack
  int trainings = 0;
  for (const auto& cell : plan.cells) {
    trainings += cell.purpose == Cell::Purpose::audit ? 1 : 0;
    if (cell.purpose == Cell::Purpose::attack && cell.system == "correct" && cell.defended) {
      REQUIRE(cell.needs.size() == 1);
      target[cell.attack] = cell.needs.front();
    }
  }
  CHECK(target.at("outside") == target.at("inside"));
  CHECK(target.at("outside") != target.at("records"));
  // Two probes of three systems, and of two forms without protection.
  CHECK(trainings == 10);
  std::map<std::string, PlannedControl::Kind> controls;
  for (const auto& control : plan.controls)
    controls[control.id] = control.kind;
  using Kind = PlannedControl::Kind;
  CHECK(controls.at("small-audit/correct/outside/outsider/audit") == Kind::audit);
  CHECK(controls.at("small-audit/correct/inside/client:1/audit") == Kind::audit);
  CHECK(controls.at("small-audit/correct/records/outsider/audit") == Kind::audit);
  CHECK(controls.at("small-audit/flawed/planted_flaw") == Kind::planted_flaw);
  CHECK(!controls.contains("small-audit/plain/outside/outsider/audit"));
  CHECK(!controls.contains("small-audit/flawed/outside/outsider/audit"));
  // More audits, less alpha: the scores of cells depend on it.
  const auto fewer =
      parse_spec(changed("  - {id: flawed, kind: dp_sgd, noise_multiplier: 2.0, workers: 2, flaw: "
                         "clip_after_sum}\n",
                         ""),
                 "audit.yaml");
  for (const auto& cell : plan_of(fewer).cells) {
    if (cell.purpose != Cell::Purpose::attack) continue;
    for (const auto& other : plan.cells)
      CHECK(cell.key != other.key);
  }
}

/// A run in which an audit of a defended system has guessed so many coins right.
struct MadeUp {
  Spec spec = parse_spec(kAuditScenario, "audit.yaml");
  Plan plan = plan_of(spec);
  std::int64_t correct = 30, flawed = 60;
  double claimed = 1.0;

  Results results() const {
    std::vector<EventLog::Event> events;
    const auto claims = [&] {
      json out = json::array();
      for (const auto* role : {"outsider", "worker"}) {
        out.push_back({{"role", role},
                       {"epsilon", std::isfinite(claimed) ? json(claimed) : json()},
                       {"delta", 1e-5},
                       {"accountant", "pld"},
                       {"relation", "add_remove"},
                       {"sampling", "poisson"},
                       {"clip_unit", "example"},
                       {"divisor", "expected_batch"}});
      }
      return out;
    }();
    for (const auto& cell : plan.cells) {
      json event = {{"event", "cell"}, {"key", cell.key}, {"status", "ok"}};
      const bool makes_claims = cell.defended && cell.system != "plain";
      if (cell.kind == Cell::Kind::train) {
        json costs = {{"by_phase", json::object()}, {"simulated_seconds_on", json::object()}};
        for (const auto* id : {"bytes", "wire_bytes", "rounds", "messages", "simulated_seconds"})
          costs[id] = 1;
        event["result"] = {{"costs", costs},
                           {"utility", {{"test_accuracy", 0.5}}},
                           {"claims", makes_claims ? claims : json::array()}};
      } else {
        const auto guesses = audit_guesses(spec.attack(cell.attack));
        AuditCounts counts{.canaries = 300, .guesses = guesses, .correct = guesses, .delta = 1e-5};
        if (makes_claims) {
          counts.correct =
              cell.system == "flawed" ? std::min(flawed, guesses) : std::min(correct, guesses);
        }
        const auto bound = audit_bound(counts, audit_alpha(spec));
        const json values = {{"audited_epsilon", bound.epsilon},
                             {"audited_epsilon_gaussian", bound.gaussian},
                             {"audit_ceiling", bound.ceiling},
                             {"guesses_right", counts.correct}};
        const json nulls = {{"audited_epsilon", 0.0},
                            {"audited_epsilon_gaussian", 0.0},
                            {"audit_ceiling", bound.ceiling},
                            {"guesses_right", 0}};
        event["result"] = {{"attack", json::object()},
                           {"score",
                            {{"units",
                              {{{"unit", "training"},
                                {"values", values},
                                {"nulls", {{"a coin", nulls}}},
                                {"audit", to_json(counts)},
                                {"diverged", false},
                                {"gradient_evaluations", 0}}}}}}};
      }
      events.push_back(std::move(event));
    }
    return aggregate(spec, plan, events, false);
  }
};

const Control& control_of(const Results& results, const std::string& id) {
  for (const auto& control : results.controls) {
    if (control.id == "small-audit/" + id) return control;
  }
  throw std::out_of_range(id);
}

TEST_CASE("an audit below the claim is met, and stands beside the claim") {
  const auto results = MadeUp().results();
  CHECK(results.verdict == "complete");
  const auto& control = control_of(results, "correct/outside/outsider/audit");
  CHECK(control.met);
  CHECK(control.estimate.interval == "one_run");
  CHECK(control.estimate.n == 120);  // of both seeds
  CHECK_FALSE(control.estimate.hi);
  CHECK(control.at_least == 1.0);
  int audited = 0;
  for (const auto& claim : results.claims) {
    REQUIRE(claim.contains("audited_epsilon_lower"));
    const bool flawed = claim.at("system") == "flawed";
    CHECK(claim.value("planted_flaw", false) == flawed);
    CHECK((claim.at("audited_epsilon_lower") > 1.0) == flawed);
    CHECK(claim.at("audit_ceiling") > 2.0);
    ++audited;
  }
  CHECK(audited == 4);
}

TEST_CASE("two trainings are one audit of all their canaries") {
  const auto spec = parse_spec(kAuditScenario, "audit.yaml");
  const auto results = MadeUp{.correct = 50}.results();
  AuditCounts both{.canaries = 600, .guesses = 120, .correct = 100, .delta = 1e-5};
  CHECK(control_of(results, "correct/outside/outsider/audit").estimate.value ==
        audit_bound(both, audit_alpha(spec)).epsilon);
}

TEST_CASE("an audit above the claim makes the run invalid, with the reason") {
  const auto results = MadeUp{.correct = 60}.results();
  CHECK(results.verdict == "invalid");
  const auto& control = control_of(results, "correct/outside/outsider/audit");
  CHECK(!control.met);
  CHECK_THAT(control.reason, Contains("the claim is false: epsilon of 1 is claimed, and the audit "
                                      "shows 3"));
  CHECK(control_of(results, "flawed/planted_flaw").met);
}

TEST_CASE("a planted flaw that no audit finds makes the run invalid") {
  const auto results = MadeUp{.flawed = 30}.results();
  CHECK(results.verdict == "invalid");
  const auto& control = control_of(results, "flawed/planted_flaw");
  CHECK(!control.met);
  CHECK_THAT(control.reason, Contains("a flaw was planted, and no audit found it"));
}

TEST_CASE("where nothing is guaranteed nothing can be refuted") {
  const auto results =
      MadeUp{.correct = 60, .claimed = std::numeric_limits<double>::infinity()}.results();
  CHECK(control_of(results, "correct/outside/outsider/audit").met);
  CHECK(to_json(results).at("controls").dump().find("inf") == std::string::npos);
}

TEST_CASE("the power of an audit's control is that its guesses are right often enough") {
  const auto spec = parse_spec(kAuditScenario, "audit.yaml");
  const auto power = [&](double expect, double floor, std::int64_t seeds) {
    return audit_control_power(spec, spec.attack("outside"), expect, floor, seeds);
  };
  CHECK(power(5.0, 1.0, 2) == 1.0);  // all right, always
  CHECK(power(1.0, 1.0, 2) < 0.5);
  CHECK(power(1.5, 1.0, 2) < power(1.5, 1.0, 10));
  CHECK(power(5.0, 1.0, 1) == 0.0);  // no interval
}

}  // namespace
}  // namespace assay::scenarios
