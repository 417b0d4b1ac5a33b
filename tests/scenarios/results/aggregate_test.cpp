#include "scenarios/plan/plan.h"
#include "scenarios/results/results.h"
#include "tests/catch.h"
#include "tests/scenarios/spec/malformed.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

/// The good scenario, with made-up outcomes of its cells.
struct MadeUp {
  Spec spec = parse_spec(kGoodScenario, "good.yaml");
  Plan plan = plan_with_fingerprint(spec, {}, "data", "cpu", "1");
  std::vector<EventLog::Event> events;

  /// Outcomes of every cell: `hits` of 24 victims are rebuilt.
  void finish(std::int64_t hits) {
    for (const auto& cell : plan.cells)
      events.push_back(outcome(cell, hits));
  }
  static json outcome(const Cell& cell, std::int64_t hits) {
    json event = {{"event", "cell"}, {"key", cell.key}, {"status", "ok"}};
    if (cell.kind == Cell::Kind::train) {
      json costs;
      for (const auto* id : {"bytes", "wire_bytes", "rounds", "messages", "simulated_seconds"})
        costs[id] = 1000;
      costs["by_phase"] = costs["simulated_seconds_on"] = json::object();
      event["result"] = {
          {"costs", costs},
          {"utility", {{"test_accuracy", 0.5 + 0.01 * static_cast<double>(cell.seed)}}},
          {"claims", json::array()}};
      return event;
    }
    json units = json::array();
    for (int i = 0; i < 24; ++i) {
      const auto values = [](double hit) {
        return json{{"success_rate", hit},
                    {"psnr_db", 30.0 * hit},
                    {"ssim", hit},
                    {"identification_rate", hit},
                    {"label_accuracy", hit}};
      };
      units.push_back({{"unit", "early/0/" + std::to_string(i)},
                       {"values", values(i < hits ? 1.0 : 0.0)},
                       {"nulls", {{"mean", values(0.0)}, {"better", values(i == 0 ? 1.0 : 0.0)}}},
                       {"diverged", i == 23},
                       {"gradient_evaluations", 10}});
    }
    event["result"] = {{"attack", json::object()}, {"score", {{"units", units}, {"diverged", 1}}}};
    return event;
  }
  Results results() const { return aggregate(spec, plan, events, false); }
  json& event_of(const std::string& system, std::int64_t seed) {
    for (const auto& cell : plan.cells) {
      if (cell.purpose != Cell::Purpose::attack || cell.system != system || cell.seed != seed ||
          cell.adaptive)
        continue;
      for (auto& event : events) {
        if (event["key"] == cell.key) return event;
      }
    }
    throw std::out_of_range("no such event");
  }
};

TEST_CASE(
    "a row pools its seeds, with the design's interval, the strongest null, and the diverged") {
  MadeUp run;
  run.finish(18);
  const auto results = run.results();
  CHECK(results.verdict == "complete");
  const auto* row = results.find("good/plain/dlg/operator/success_rate");
  REQUIRE(row != nullptr);
  CHECK(row->estimate.value.value() == Approx(0.75));
  CHECK(row->estimate.interval == "clopper_pearson");  // fresh models
  CHECK(row->estimate.n == 120);
  CHECK(row->n_seeds == 5);
  CHECK(row->diverged == 5);
  CHECK(row->null_name == "better");
  CHECK(row->null.value.value() == Approx(1.0 / 24));
  CHECK(row->budget > 0);
  CHECK_THAT(row->assumptions, Catch::VectorContains(std::string("knows architecture")));
  const auto* accuracy = results.find("good/plain/-/-/test_accuracy");
  REQUIRE(accuracy != nullptr);
  CHECK(accuracy->estimate.value.value() == Approx(0.53));
  CHECK(accuracy->estimate.interval == "t_seeds");
  CHECK(results.find("good/plain/-/-/bytes")->estimate.interval == "exact");
}

TEST_CASE("no interval reaches beyond what its metric can be") {
  MadeUp run;
  run.finish(18);
  for (auto& event : run.events) {  // seeds whose Student's interval passes both ends
    auto& result = event["result"];
    if (!result.contains("utility")) continue;
    auto& accuracy = result["utility"]["test_accuracy"];
    accuracy = accuracy.get<double>() < 0.53 ? 0.0 : 1.0;
  }
  const auto results = run.results();
  const auto* accuracy = results.find("good/plain/-/-/test_accuracy");
  REQUIRE(accuracy != nullptr);
  CHECK(accuracy->estimate.lo == 0.0);
  CHECK(accuracy->estimate.hi == 1.0);
}

TEST_CASE("a cell that failed or is missing makes its row and the run incomplete, and says why") {
  MadeUp run;
  run.finish(18);
  auto& event = run.event_of("noisy", 3);
  event = {{"event", "cell"},
           {"key", event["key"]},
           {"status", "error"},
           {"error", "ran out of patience"}};
  auto results = run.results();
  CHECK(results.verdict == "incomplete");
  const auto* row = results.find("good/noisy/dlg/operator/success_rate");
  CHECK(row->resolution == "incomplete");
  CHECK_THAT(row->reason, Contains("1 of 5 cells") && Contains("ran out of patience"));
  CHECK(row->n_seeds == 4);
  // Its system's other row stands.
  CHECK(results.find("good/noisy/dlg+adaptive/operator/success_rate")->resolution == "ok");

  // A retry that worked counts, whatever came before.
  const auto key = event["key"].get<std::string>();
  run.events.push_back(MadeUp::outcome(run.plan.cell(key), 18));
  CHECK(run.results().verdict == "complete");

  run.events.clear();
  results = run.results();
  CHECK(results.verdict == "incomplete");
  for (const auto& r : results.rows)
    CHECK(!r.estimate.value);
  for (const auto& cell : results.cells)
    CHECK(cell.status == "missing");
}

TEST_CASE("a control below its floor makes the run invalid") {
  MadeUp run;
  run.finish(2);
  const auto results = run.results();
  CHECK(results.verdict == "invalid");
  REQUIRE(!results.controls.empty());
  CHECK(!results.controls[0].met);
  CHECK_THAT(results.controls[0].reason, Contains("does not reach 0.4"));
}

TEST_CASE("results do not depend on the order of events, and hold nothing that time changes") {
  MadeUp run;
  run.finish(18);
  const auto text = to_json(run.results()).dump();
  std::reverse(run.events.begin(), run.events.end());
  for (auto& event : run.events)
    event["wall_s"] = 17.5;
  CHECK(to_json(run.results()).dump() == text);
  CHECK_THAT(text, !Contains("nan") && !Contains("wall"));
}

TEST_CASE("estimates of every design: values, methods, and none where there can be none") {
  std::vector<UnitValue> units;
  for (std::int64_t seed = 1; seed <= 5; ++seed) {
    for (int i = 0; i < 10; ++i)
      units.push_back({seed, std::to_string(i), i < 5 + (seed % 2) ? 1.0 : 0.0});
  }
  const auto check = [&](Design design, const char* method, double value) {
    const auto e = estimate_of(units, design);
    INFO(method);
    CHECK(e.interval == method);
    CHECK(e.value.value() == Approx(value));
    CHECK(e.n == 50);
    CHECK(e.lo.value() <= e.value.value());
    CHECK(e.hi.value() >= e.value.value());
  };
  check(Design::independent_binary, "clopper_pearson", 0.56);
  check(Design::independent, "t_units", 0.56);
  check(Design::clustered_binary, "t_seeds_logit", 0.56);
  check(Design::clustered, "t_seeds", 0.56);
  check(Design::counted, "exact", 0.56);

  for (auto design : {Design::independent_binary, Design::independent, Design::clustered_binary,
                      Design::clustered}) {
    const auto none = estimate_of({}, design);
    CHECK(!none.value);
    CHECK(none.interval == "none");
  }
  const std::vector<UnitValue> one_seed(12, {1, "u", 1.0});
  CHECK(estimate_of(one_seed, Design::clustered_binary).interval == "none");
  CHECK(estimate_of(one_seed, Design::clustered).interval == "none");
  CHECK(estimate_of({{1, "u", 0.5}}, Design::independent).interval == "none");
}

}  // namespace
}  // namespace assay::scenarios
