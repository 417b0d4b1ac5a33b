#include "scenarios/report/findings.h"

#include "scenarios/report/finding_words.h"
#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

const SystemFinding& finding(const std::vector<ThreatFinding>& all, const std::string& threat,
                             const std::string& system) {
  for (const auto& group : all) {
    if (group.threat->id == threat) return *group.of(system);
  }
  throw std::invalid_argument("no such threat");
}

void set(Row& row, double value, double lo, double hi) {
  row.estimate.value = value;
  row.estimate.lo = lo;
  row.estimate.hi = hi;
}

const std::string kThreat = "curious-operator";

TEST_CASE("a threat model is judged by its first gated rate, tiers are not mixed") {
  const SampleRun run;
  const auto all = findings(run.input());
  REQUIRE(all.size() == 2);
  // psnr_db of the same attack is listed before, but is informational and no rate.
  CHECK(all[0].metric == "success_rate");
  CHECK(all[1].metric == "recognised");
  CHECK(finding(all, "model-holder", "plain").row->attack == "mi-face");
}

TEST_CASE("the strongest form of an attack speaks for a system") {
  SampleRun run;
  set(run.row("pruned/dlg/operator/success_rate"), 0.1, 0.02, 0.3);
  set(run.row("pruned/dlg+adaptive/operator/success_rate"), 10.0 / 12, 0.516, 0.979);
  run.row("pruned/dlg+adaptive/operator/success_rate").estimate.n = 12;
  const auto all = findings(run.input());
  const auto& found = finding(all, kThreat, "pruned");
  CHECK(found.finding == Finding::leaks);
  CHECK(found.tried == 2);
  CHECK(found.sentence ==
        "At least 83 % [52, 98] of 12 victims were rebuilt by Deep leakage (adaptive) from "
        "operator. The naive attack reached 10 % [2, 30].");
}

TEST_CASE("an attack that failed leaves an upper bound, and never the word private") {
  SampleRun run;
  for (const char* form : {"dlg", "dlg+adaptive"}) {
    set(run.row(std::string("noise-strong/") + form + "/operator/success_rate"), 0, 0, 0.142);
  }
  const auto all = findings(run.input());
  const auto& found = finding(all, kThreat, "noise-strong");
  CHECK(found.finding == Finding::not_broken);
  CHECK_THAT(found.sentence, Contains("by the strongest attack tried"));
  CHECK_THAT(found.sentence, Contains("Up to 14 % is not excluded"));
  for (const auto& group : all) {
    for (const auto& system : group.systems)
      CHECK(system.sentence.find("private") == std::string::npos);
  }
}

TEST_CASE("some victims, but not clearly more than chance, is neither broken nor safe") {
  SampleRun run;
  set(run.row("noise-strong/dlg+adaptive/operator/success_rate"), 0.125, 0.027, 0.324);
  const auto all = findings(run.input());
  CHECK(finding(all, kThreat, "noise-strong").finding == Finding::unclear);
}

TEST_CASE("an unmet control takes the meaning from a failed attack, not from a successful one") {
  SampleRun run;
  for (const char* form : {"dlg", "dlg+adaptive"}) {
    set(run.row(std::string("noise-strong/") + form + "/operator/success_rate"), 0, 0, 0.142);
  }
  for (std::size_t i = 0; i < run.results.controls.size(); ++i) {
    const auto& control = run.results.controls[i];
    if (control.system == "plain" && control.attack == "dlg") run.break_control(i);
  }
  const auto all = findings(run.input());
  CHECK(finding(all, kThreat, "noise-strong").finding == Finding::unvouched);
  CHECK_THAT(finding(all, kThreat, "noise-strong").sentence, Contains("may be broken"));
  CHECK(finding(all, kThreat, "plain").finding == Finding::leaks);
}

TEST_CASE("a number without an interval is not called worthless for its control") {
  SampleRun run;
  auto& row = run.row("plain/mi-face/outsider/recognised");
  row.estimate.lo = row.estimate.hi = std::nullopt;
  for (std::size_t i = 0; i < run.results.controls.size(); ++i) {
    if (run.results.controls[i].attack == "mi-face") run.break_control(i);
  }
  CHECK(finding(findings(run.input()), "model-holder", "plain").finding == Finding::no_interval);
}

TEST_CASE("a matched control vouches for its own system only") {
  SampleRun run;
  for (std::size_t i = 0; i < run.results.controls.size(); ++i) {
    const auto& control = run.results.controls[i];
    if (control.system == "pruned" && control.attack == "dlg") run.break_control(i);
  }
  const auto input = run.input();
  CHECK(unvouched(input, "pruned", "dlg"));
  CHECK_FALSE(unvouched(input, "noise-strong", "dlg"));
  CHECK_FALSE(unvouched(input, "pruned", "mi-face"));
}

TEST_CASE("a missing form of an attack might have been the strongest") {
  SampleRun run;
  for (const char* form : {"dlg", "dlg+adaptive"}) {
    set(run.row(std::string("noise-strong/") + form + "/operator/success_rate"), 0, 0, 0.142);
  }
  auto& missing = run.row("noise-strong/dlg+adaptive/operator/success_rate");
  missing.estimate = Estimate{.interval = "none"};
  missing.resolution = "incomplete";
  missing.reason = "1 of 1 cells are missing or failed";
  const auto all = findings(run.input());
  CHECK(finding(all, kThreat, "noise-strong").finding == Finding::incomplete);
}

TEST_CASE("a role that does not exist gives no score") {
  SampleRun run;
  std::erase_if(run.results.rows,
                [](const Row& row) { return row.system == "pruned" && row.role == "operator"; });
  const auto all = findings(run.input());
  const auto& found = finding(all, kThreat, "pruned");
  CHECK(found.finding == Finding::not_applicable);
  CHECK(found.row == nullptr);
  CHECK_THAT(found.sentence, Contains("Links are encrypted"));
}

TEST_CASE("one seed is a number without an interval") {
  SampleRun run;
  auto& row = run.row("pruned/mi-face/outsider/recognised");
  row.estimate.lo = row.estimate.hi = std::nullopt;
  row.estimate.interval = "none";
  row.resolution = "no interval";
  row.reason = "victims share a trained model: an interval needs two seeds or more";
  const auto all = findings(run.input());
  CHECK(finding(all, "model-holder", "pruned").finding == Finding::no_interval);
}

TEST_CASE("verdicts are plain words") {
  SampleRun run;
  CHECK(verdict_words(run.input()).line == "Complete: every control was met.");

  SampleRun failed;
  failed.fail_cell("dlg on noise-weak from operator seed 1", "out of memory");
  const auto total = std::to_string(failed.results.cells.size());
  CHECK(verdict_words(failed.input()).line == "Incomplete: 1 cell failed of " + total + ".");
  failed.results.cells[3].status = "missing";
  CHECK(verdict_words(failed.input()).line ==
        "Incomplete: 1 cell failed and 1 cell is missing of " + total + ".");

  SampleRun invalid;
  invalid.break_control(0);
  const auto words = verdict_words(invalid.input());
  CHECK(words.line ==
        "Invalid: the control of Deep leakage was not met, so nothing here says “private”.");
  REQUIRE(words.reasons.size() == 1);
  CHECK_THAT(words.reasons[0], Contains("does not reach 0.4"));
}

TEST_CASE("what is proven to leak speaks for a system, before what seems to leak more") {
  SampleRun run;
  set(run.row("noise-strong/dlg/operator/success_rate"), 0.5, 0.1, 0.9);
  set(run.row("noise-strong/dlg+adaptive/operator/success_rate"), 0.4, 0.2, 0.6);
  const auto all = findings(run.input());
  const auto& found = finding(all, kThreat, "noise-strong");
  CHECK(found.finding == Finding::leaks);
  CHECK(found.row->adaptive);
}

TEST_CASE("one line says what was found over all systems") {
  SampleRun run;
  const auto several = finding_words(findings(run.input()));
  REQUIRE(several.has_value());
  CHECK(several->state == "leaks");
  CHECK(several->line == "3 of 4 systems leak under at least one of 2 threat models.");
  REQUIRE(several->reasons.size() == 2);
  CHECK(several->reasons[0] ==
        "curious-operator: 3 of 4 systems leak; not broken: Noise of 0.1. Between 42 % and 75 % of "
        "the victims "
        "were rebuilt by the strongest attack on each.");

  run.spec.threats.pop_back();
  const auto one = finding_words(findings(run.input()));
  REQUIRE(one.has_value());
  CHECK(one->line == "3 of 4 systems leak; not broken: Noise of 0.1.");
  CHECK(one->reasons.size() == 1);

  for (auto& row : run.results.rows) {
    if (row.estimate.value) set(row, 0, 0, 0.1);
  }
  const auto none = finding_words(findings(run.input()));
  REQUIRE(none.has_value());
  CHECK(none->state == "holds");
  CHECK(none->line == "None of 4 systems was broken by the attacks tried.");
  CHECK(none->reasons.empty());

  // A value without an interval proves nothing, least of all that nothing leaked.
  for (auto& row : run.results.rows) {
    if (!row.estimate.value) continue;
    set(row, 1, 1, 1);
    row.estimate.lo = row.estimate.hi = std::nullopt;
  }
  const auto open = finding_words(findings(run.input()));
  REQUIRE(open.has_value());
  CHECK(open->state == "open");
  CHECK_THAT(open->line, Contains("No system is proven to leak; no interval: "));

  run.results.rows.clear();
  CHECK_FALSE(finding_words(findings(run.input())).has_value());
}

TEST_CASE("scores of membership are told in their own words") {
  const auto as = [](const std::string& metric) {
    SampleRun run;
    for (auto& row : run.results.rows) {
      if (row.metric == "success_rate") row.metric = metric, row.n_seeds = 5, row.estimate.n = 5;
    }
    for (auto& section : run.spec.metrics) {
      if (section.id == "success_rate") section.id = metric;
    }
    set(run.row("noise-strong/dlg/operator/success_rate"), 0.5, 0.4, 0.6);
    set(run.row("noise-strong/dlg+adaptive/operator/success_rate"), 0, 0, 0.1);
    const auto all = findings(run.input());
    return std::pair(finding(all, kThreat, "noise-strong").sentence,
                     finding_words(all)->reasons.front());
  };
  const auto [sentence, range] = as("advantage");
  CHECK_THAT(sentence, Contains("At least a membership advantage of 50 % [40, 60] over 5 models "
                                "was reached by"));
  CHECK_THAT(range,
             Contains("A membership advantage of ") && Contains(" was reached by the strongest"));
  const auto [share, members] = as("tpr_at_one_percent");
  CHECK_THAT(share, Contains("At least 50 % [40, 60] of the members of 5 models were found by"));
  CHECK_THAT(members, Contains(" of the members were found by the strongest attack"));
}

TEST_CASE("the gate's verdict counts its rows") {
  SampleRun run;
  CHECK_FALSE(gate_words(run.input()).has_value());
  run.add_gate();
  CHECK(gate_words(run.input())->line == "Gate failed: 1 of 5 gated rows regressed.");
  REQUIRE(gate_words(run.input())->reasons.size() == 1);
  CHECK(gate_words(run.input())->reasons[0] ==
        "Records rebuilt (PSNR of 20 dB or more) on Smallest 90 % pruned under Deep leakage "
        "(adaptive) from "
        "operator went from 4 % to 41.7 %; tolerance +15 points.");
  run.gate->verdict = "inconclusive";
  CHECK_THAT(gate_words(run.input())->line, Contains("1 of 5 gated rows"));
}

TEST_CASE("controls come first among the systems, then the scenario's order") {
  const SampleRun run;
  std::vector<std::string> ids;
  for (const auto* system : systems_in_order(run.input()))
    ids.push_back(system->id);
  CHECK(ids == std::vector<std::string>{"plain", "noise-weak", "noise-strong", "pruned"});
}

}  // namespace
}  // namespace assay::scenarios
