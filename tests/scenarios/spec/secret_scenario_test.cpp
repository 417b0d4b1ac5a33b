#include "tests/scenarios/spec/secret_scenario.h"

#include "scenarios/plan/plan.h"
#include "scenarios/results/results.h"
#include "scenarios/score/reconstruction.h"
#include "scenarios/spec/writer.h"
#include "tests/catch.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

std::string changed(const std::string& from, const std::string& to) {
  auto text = kSecretScenario;
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("a scenario on secrets is read, and reads the same from its canonical form") {
  const auto spec = parse_spec(kSecretScenario, "secret.yaml");
  CHECK(spec.data.owners == std::vector<std::int64_t>{1, 1});
  CHECK_FALSE(unprotected(spec.system("clear")));
  CHECK(unprotected(spec.system("third")));
  CHECK(canonical(parse_spec(canonical(spec).dump(), "again")) == canonical(spec));
}

TEST_CASE("mistakes of scenarios on secrets are told at their place") {
  const struct {
    std::string from, to, expect;
  } mistakes[] = {
      {"owners: [1, 1]", "owners: [1]", "expected an owner of each of 2 clients, got 1"},
      {"owners: [1, 1]", "owners: [1, 2]", "data.owners among the 2 parties (0 to 1)"},
      {"rounds: 3,", "rounds: 3, local_steps: 2,", "expected train.local_steps 1"},
      {"provider: trusted_third_party", "provider: trusted_thirdparty",
       "did you mean 'trusted_third_party'"},
      {"parties: 2, provider", "parties: 9, provider", "up to 8"},
      {"parties: 2, provider", "parties: 1, provider", "expected 2 to 8 parties, got 1"},
      {"parties: 2, provider", "parties: 2, open: [everything], provider", "gradient"},
      {"parties: 2, provider", "parties: 2, defenses: [{kind: prune, keep: 0.1}], provider",
       "expected no defenses of an mpc system"},
      {"protocol: plain, parties: 2, control", "protocol: additive, parties: 2, control",
       "expected a control without protection"},
      {"sees: [share]", "sees: [opening]", "share_recovery reads share"},
      {", at_least: 0.8", "", "expected the field 'at_least' (or at_null: true)"},
      {"systems: [third], ", "", "expected the field 'systems' with at_null"},
      {"roles: [\"party:0\", dealer]}", "roles: [\"party:0\", daeler]}", "did you mean 'dealer'"},
      {"victims: 80, fresh_model: true", "victims: 50, fresh_model: true",
       "50 victims cannot show a rate below 0.05"},
      {"victims: 80, fresh_model: true", "victims: 80, batch: 2, fresh_model: true",
       "victims of one record"},
      {"metric: success_rate, at_null", "metric: psnr_db, at_null", "expected a rate"},
      {"tolerance: 0.3}",
       "tolerance: 0.3}\n  - {id: test_rmse, worse: higher, kind: informational}",
       "expected test_accuracy"},
  };
  for (const auto& mistake : mistakes) {
    INFO(mistake.from << " -> " << mistake.to);
    CHECK_THROWS_WITH(parse_spec(changed(mistake.from, mistake.to), "secret.yaml"),
                      Contains(mistake.expect) && Contains("secret.yaml:"));
  }
}

/// Made-up outcomes: of 80 victims so many are rebuilt, and so many in the ideal world.
Results results_of(std::int64_t hits, std::int64_t ideal_hits) {
  const auto spec = parse_spec(kSecretScenario, "secret.yaml");
  const auto plan = plan_with_fingerprint(spec, {}, "data", "cpu", "1");
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
      json units = json::array();
      const bool in_clear = cell.system == "clear" || !cell.defended;
      for (std::int64_t i = 0; i < 80; ++i) {
        const auto values = [](bool hit) {
          json out;
          for (const auto* id :
               {"success_rate", "psnr_db", "ssim", "identification_rate", "label_accuracy"})
            out[id] = hit ? 1.0 : 0.0;
          return out;
        };
        units.push_back({{"unit", std::to_string(i)},
                         {"values", values(in_clear || i < hits)},
                         {"nulls", {{kIdealWorld, values(i < ideal_hits)}}},
                         {"diverged", false},
                         {"gradient_evaluations", 0}});
      }
      event["result"] = {{"attack", json::object()}, {"score", {{"units", units}}}};
    }
    events.push_back(std::move(event));
  }
  return aggregate(spec, plan, events, false);
}

std::size_t unmet(const Results& results) {
  return static_cast<std::size_t>(std::count_if(results.controls.begin(), results.controls.end(),
                                                [](const auto& control) { return !control.met; }));
}

TEST_CASE("shares are at their null if the exact upper end is within the margin of the ideal") {
  // One-sided 95 % upper ends: of 0 in 80 0.037, of 1 0.058, of 2 0.077.
  auto results = results_of(0, 0);
  CHECK(results.verdict == "complete");
  CHECK(unmet(results) == 0);
  CHECK(unmet(results_of(1, 0)) == 2);  // 0.058 - 0 > 0.05: of both roles
  CHECK(unmet(results_of(1, 1)) == 0);  // 0.058 - 0.0125
  results = results_of(4, 0);
  CHECK(results.verdict == "invalid");
  const auto& control = results.controls.back();
  CHECK(control.kind == "at_null");
  CHECK_THAT(control.reason, Contains("is not excluded"));
}

TEST_CASE("a matched control without protection is planned once for systems that share it") {
  const auto spec = parse_spec(kSecretScenario, "secret.yaml");
  const auto plan = plan_with_fingerprint(spec, {}, "data", "cpu", "1");
  // clear and third without its protection are the same cells.
  const auto probes = std::count_if(plan.cells.begin(), plan.cells.end(), [](const Cell& cell) {
    return cell.purpose == Cell::Purpose::probe;
  });
  CHECK(probes == 2);
  for (const auto& control : plan.controls) {
    for (const auto& candidate : control.candidates) {
      // In clear nobody deals.
      if (control.kind != PlannedControl::Kind::at_null) CHECK(candidate.role != "dealer");
    }
  }
}

}  // namespace
}  // namespace assay::scenarios
