#include <algorithm>

#include "tests/catch.h"
#include "tests/scenarios/gate/gate_sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

const std::string kFresh = "gate/noise/fresh/operator/success_rate";
const std::string kShared = "gate/noise/shared/operator/success_rate";
const std::string kAccuracy = "gate/noise/-/-/test_accuracy";
const std::string kBytes = "gate/noise/-/-/bytes";

Spec changed_spec(const std::string& path, const std::string& value) {
  return parse_spec(kGateScenario, "gate.yaml", {{path, value}});
}

TEST_CASE("the same results pass, row by row", "[gate]") {
  const auto results = gate_results();
  const auto verdict = judged(results, baseline_of(results));
  CHECK(verdict.verdict == "pass");
  CHECK(verdict.exit_code == 0);
  CHECK(verdict.reasons.empty());
  CHECK(verdict.alpha == 0.05);
  CHECK(verdict.baseline == "base.json");
  REQUIRE(verdict.rows.size() == 10);
  for (const auto& row : verdict.rows) {
    INFO(row.id);
    CHECK(row.outcome == (row.kind == "informational" ? "informational" : "pass"));
    CHECK(*row.change == 0.0);
    CHECK(*row.baseline == *row.now);
  }
}

TEST_CASE("a worse row fails the gate, and stands first", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  for (const auto& worse : {fresh_row("noise", 12), shared_row("noise", {9, 8, 9, 9, 10}),
                            accuracy_row("noise", {0.60, 0.61, 0.60, 0.62, 0.60}),
                            bytes_row("noise", {1000, 1000, 1000, 1000, 1001})}) {
    INFO(worse.id);
    auto results = gate_results();
    put(results, worse);
    const auto verdict = judged(results, baseline);
    CHECK(verdict.verdict == "regressed");
    CHECK(verdict.exit_code == 1);
    CHECK(verdict.rows.front().id == worse.id);
    CHECK(verdict.rows.front().outcome == "regressed");
    CHECK(std::count_if(verdict.rows.begin(), verdict.rows.end(),
                        [](const auto& row) { return row.outcome == "regressed"; }) == 1);
  }
}

TEST_CASE("a row between pass and fail is inconclusive, and the scenario says what that is worth",
          "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto results = gate_results();
  put(results, fresh_row("noise", 4));  // 3 of 12 more: 0.25 +- 0.2
  const auto verdict = judged(results, baseline);
  CHECK(verdict.verdict == "inconclusive");
  CHECK(verdict.exit_code == 0);
  CHECK(verdict.rows.front().id == kFresh);
  const auto strict = changed_spec("gate.on_inconclusive", "fail");
  CHECK(judged(results, baseline, {}, strict).verdict == "inconclusive");
  CHECK(judged(results, baseline, {}, strict).exit_code == 5);
}

TEST_CASE("the correction counts every tested row", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto results = gate_results();
  put(results, fresh_row("noise", 9));  // 8 of 12 more
  const auto& alone =
      verdict_of(judged(results, baseline, {}, changed_spec("gate.correction", "none")), kFresh);
  CHECK(alone.outcome == "regressed");
  CHECK(*alone.p > 0.05 / 6);
  CHECK(*alone.p < 0.05);
  CHECK(*alone.p_adjusted == *alone.p);
  const auto& holm = verdict_of(judged(results, baseline), kFresh);
  CHECK(holm.outcome == "inconclusive");
  CHECK(*holm.p == *alone.p);
  CHECK(*holm.p_adjusted == Approx(6 * *alone.p));  // 2 fresh, 2 shared, 2 accuracies
  // A second regression weighs less on the first: 5 rows are left.
  put(results, shared_row("noise", {9, 8, 9, 9, 10}));
  CHECK(*verdict_of(judged(results, baseline), kFresh).p_adjusted == Approx(5 * *alone.p));
}

TEST_CASE("informational rows never gate", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto results = gate_results();
  put(results, distance_row("noise", 99.0));
  const auto verdict = judged(results, baseline);
  CHECK(verdict.verdict == "pass");
  CHECK(verdict_of(verdict, "gate/noise/fresh/operator/psnr_db").outcome == "informational");
  CHECK(*verdict_of(verdict, "gate/noise/fresh/operator/psnr_db").change == 87.0);
}

TEST_CASE("counts pass when they fall and fail when any seed's rises", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto results = gate_results();
  put(results, bytes_row("noise", {900, 900, 900, 900, 900}));
  CHECK(verdict_of(judged(results, baseline), kBytes).outcome == "pass");
  CHECK_THAT(verdict_of(judged(results, baseline), kBytes).note, Contains("improved"));
  put(results, bytes_row("noise", {900, 900, 1000.5, 900, 900}));
  CHECK(verdict_of(judged(results, baseline), kBytes).outcome == "regressed");
  auto row = bytes_row("noise", {1000});
  row.units[0].seed = 77;
  put(results, row);
  CHECK(verdict_of(judged(results, baseline), kBytes).outcome == "inconclusive");
  CHECK_THAT(verdict_of(judged(results, baseline), kBytes).note, Contains("no seed in common"));
}

TEST_CASE("an improvement beyond the tolerance asks to check the attack", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto results = gate_results();
  put(results, fresh_row("plain", 4));
  put(results, accuracy_row("noise", {0.95, 0.95, 0.95, 0.95, 0.95}));
  const auto verdict = judged(results, baseline);
  CHECK(verdict.verdict == "pass");
  CHECK(verdict_of(verdict, "gate/plain/fresh/operator/success_rate").note ==
        "improved beyond the tolerance: check the attack");
  CHECK(verdict_of(verdict, kAccuracy).note == "improved beyond the tolerance");
  CHECK(verdict_of(verdict, kFresh).note.empty());
}

TEST_CASE("what the baseline has and the run lacks makes the run incomplete", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto reason_of = [&](const Results& results, const Spec& spec = gate_spec()) {
    const auto verdict = judged(results, baseline, {}, spec);
    CHECK(verdict.verdict == "incomplete");
    CHECK(verdict.exit_code == 3);
    REQUIRE(verdict.reasons.size() == 1);
    return verdict.reasons[0];
  };
  auto results = gate_results();
  results.rows.erase(results.rows.begin() + 1);
  CHECK_THAT(reason_of(results), Contains(kFresh) && Contains("not in the run"));

  results = gate_results();
  auto row = fresh_row("noise", 0, 0);
  row.resolution = "not_applicable";
  row.reason = "every victim belongs to the adversary";
  put(results, row);
  CHECK_THAT(reason_of(results), Contains(kFresh) && Contains("every victim belongs"));

  results = gate_results();
  results.cells[0].status = "error";
  results.cells[0].error = "out of memory";
  results.verdict = "incomplete";
  CHECK_THAT(reason_of(results), Contains("train plain seed 1") && Contains("out of memory"));

  results = gate_results();
  row = shared_row("noise", {1, 0, 2, 1, 1});
  row.design = Design::independent_binary;
  put(results, row);
  CHECK_THAT(reason_of(results), Contains(kShared) && Contains("another design"));

  // The scenario of the run no longer gates what the baseline holds.
  auto spec = gate_spec();
  std::erase_if(spec.metrics, [](const auto& metric) { return metric.id == "bytes"; });
  auto without = baseline;
  without.rows.erase("gate/plain/-/-/bytes");
  CHECK_THAT(judged(gate_results(), without, {}, spec).reasons.at(0),
             Contains(kBytes) && Contains("no metric"));
}

TEST_CASE("rows that are new pass, unless a baseline is required", "[gate]") {
  auto baseline = baseline_of(gate_results());
  baseline.rows.erase(kFresh);
  baseline.rows.erase("gate/noise/fresh/operator/psnr_db");
  const auto lenient = judged(gate_results(), baseline);
  CHECK(lenient.verdict == "pass");
  CHECK(verdict_of(lenient, kFresh).outcome == "no_baseline");
  CHECK(verdict_of(lenient, kFresh).n_now == 12);
  const auto strict = judged(gate_results(), baseline, {.require_baseline = true});
  CHECK(strict.exit_code == 3);
  REQUIRE(strict.reasons.size() == 1);
  CHECK_THAT(strict.reasons[0], Contains(kFresh) && Contains("not in the baseline"));
}

TEST_CASE("a run gates only against the same scenario and selection", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto other = baseline;
  other.scenario = "another";
  CHECK_THROWS_WITH(judged(gate_results(), other),
                    Contains("base.json") && Contains("'another'") && Contains("'gate'"));
  auto partial = gate_results();
  partial.partial = true;
  const nlohmann::json selection = {{"systems", {"noise"}}, {"attacks", nlohmann::json::array()}};
  CHECK_THROWS_WITH(judged(partial, baseline, {.selection = selection}),
                    Contains("same selection"));
  auto same = baseline;
  same.partial = true;
  same.selection = selection;
  CHECK_THROWS_WITH(judged(gate_results(), same, {.selection = {{"systems", {"*"}}}}),
                    Contains("same selection"));
  CHECK(judged(partial, same, {.selection = selection}).verdict == "pass");
}

TEST_CASE("controls come before rows, completeness before controls", "[gate]") {
  const auto baseline = baseline_of(gate_results());
  auto results = gate_results();
  put(results, fresh_row("noise", 4));
  const auto strict = changed_spec("gate.on_inconclusive", "fail");
  auto code = [&] { return judged(results, baseline, {}, strict).exit_code; };
  CHECK(code() == 5);
  put(results, bytes_row("noise", std::vector<double>(5, 2000.0)));
  CHECK(code() == 1);
  results.controls[0].met = false;
  results.controls[0].reason = "the lower end 0 does not reach 0.3";
  CHECK(code() == 4);
  const auto invalid = judged(results, baseline, {}, strict);
  CHECK(invalid.verdict == "invalid");
  REQUIRE(invalid.reasons.size() == 1);
  CHECK_THAT(invalid.reasons[0],
             Contains("gate/plain/fresh/success_rate") && Contains("does not reach"));
  CHECK(verdict_of(invalid, kBytes).outcome == "regressed");  // still told
  results.cells[0].status = "missing";
  CHECK(code() == 3);
  CHECK(judged(results, baseline, {}, strict).reasons.size() == 2);
}

TEST_CASE("pairs are of equal environments only", "[gate]") {
  const auto results = gate_results();
  const auto baseline = baseline_of(results);
  CHECK(verdict_of(judged(results, baseline), kFresh).method == "tango");
  CHECK(verdict_of(judged(results, baseline), kShared).method == "paired_t");
  const auto elsewhere =
      judged(results, baseline, {.environment = "assay 2 | torch 2 | AVX2 | Linux"});
  CHECK(verdict_of(elsewhere, kFresh).method == "newcombe");
  CHECK(verdict_of(elsewhere, kShared).method == "welch");
  CHECK(verdict_of(elsewhere, kFresh).n_paired == 0);
}

TEST_CASE("one seed of victims who share a model is too few for a test", "[gate]") {
  auto results = gate_results();
  put(results, shared_row("noise", {1}));
  const auto verdict = judged(results, baseline_of(gate_results()));
  CHECK(verdict.verdict == "inconclusive");
  CHECK(verdict_of(verdict, kShared).note == "too few units for a test");
  CHECK_FALSE(verdict_of(verdict, kShared).p);
}

TEST_CASE("two looks share the level", "[gate]") {
  const auto results = gate_results();
  const auto first = judged(results, baseline_of(results), {.looks = 2, .look = 1});
  CHECK(first.alpha == 0.025);
  CHECK(first.look == 1);
  CHECK(judged(results, baseline_of(results), {.looks = 2, .look = 2}).look == 2);
  // What one look would call a regression, half the level leaves open.
  auto worse = gate_results();
  put(worse, fresh_row("noise", 10));
  const auto spec = changed_spec("gate.correction", "none");
  const auto p = *verdict_of(judged(worse, baseline_of(results), {}, spec), kFresh).p;
  auto near = spec;
  near.gate.alpha = 1.5 * p;
  CHECK(judged(worse, baseline_of(results), {}, near).verdict == "regressed");
  CHECK(judged(worse, baseline_of(results), {.looks = 2}, near).verdict == "inconclusive");
}

TEST_CASE("a top-up takes the smallest seeds that were not run", "[gate]") {
  using Seeds = std::vector<std::int64_t>;
  CHECK(more_seeds({1, 2, 3}, 5) == Seeds{1, 2, 3, 4, 5});
  CHECK(more_seeds({7, 2}, 5) == Seeds{7, 2, 1, 3, 4});
  CHECK(more_seeds({4, 5}, 2) == Seeds{4, 5});
  CHECK(more_seeds({4, 5}, 1) == Seeds{4, 5});
  CHECK(more_seeds({}, 2) == Seeds{1, 2});
}

TEST_CASE("a verdict is read back from the log as it was written", "[gate]") {
  auto results = gate_results();
  put(results, fresh_row("noise", 12));
  put(results, shared_row("noise", {1}));
  auto verdict = judged(results, baseline_of(gate_results()));
  verdict.reasons.push_back("a reason");
  const auto json = to_json(verdict);
  CHECK(to_json(gate_verdict_from_json(nlohmann::json::parse(json.dump()))) == json);
}

}  // namespace
}  // namespace assay::scenarios
