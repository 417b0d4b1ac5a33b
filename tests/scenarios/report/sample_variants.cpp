#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {

void SampleRun::fail_cell(const std::string& title, const std::string& error) {
  for (auto& cell : results.cells) {
    if (cell.title != title) continue;
    cell.status = "error";
    cell.error = error;
    std::erase_if(events, [&](const auto& event) { return event.at("key") == cell.key; });
    events.push_back({{"event", "cell"},
                      {"key", cell.key},
                      {"status", "error"},
                      {"error", error},
                      {"title", title}});
    for (auto& candidate : results.rows) {
      if (candidate.system != cell.system || candidate.attack != cell.attack) continue;
      candidate.units.clear();
      candidate.estimate = candidate.null = Estimate{.interval = "none"};
      candidate.resolution = "incomplete";
      candidate.reason = "1 of 1 cells are missing or failed";
    }
    results.verdict = "incomplete";
    return;
  }
  throw std::invalid_argument("expected the title of a cell, got '" + title + "'");
}

void SampleRun::break_control(std::size_t index) {
  auto& control = results.controls.at(index);
  control.met = false;
  control.estimate.value = 0.04;
  control.estimate.lo = 0.001;
  control.estimate.hi = 0.21;
  control.reason = "the lower end 0.001 does not reach 0.4";
  results.verdict = "invalid";
}

void SampleRun::add_gate() {
  gate = GateVerdict{.verdict = "regressed",
                     .exit_code = 1,
                     .alpha = 0.05,
                     .look = 1,
                     .baseline = "baselines/quickstart.json",
                     .rows = {},
                     .reasons = {}};
  const auto add = [&](const std::string& id_end, const std::string& outcome, double baseline,
                       double tolerance, const std::string& note) {
    const auto& found = row(id_end);
    RowVerdict verdict{.id = found.id, .kind = "statistical", .outcome = outcome};
    verdict.baseline = baseline;
    verdict.now = found.estimate.value;
    verdict.change = *found.estimate.value - baseline;
    verdict.lower = *verdict.change - 0.1;
    verdict.upper = *verdict.change + 0.1;
    verdict.tolerance = tolerance;
    verdict.p = 0.0002;
    verdict.p_adjusted = outcome == "regressed" ? 0.0004 : 0.31;
    verdict.method = "tango";
    verdict.n_baseline = 24;
    verdict.n_now = verdict.n_paired = 24;
    verdict.note = note;
    gate->rows.push_back(verdict);
  };
  add("pruned/dlg+adaptive/operator/success_rate", "regressed", 0.04, 0.15, "");
  add("noise-weak/dlg+adaptive/operator/success_rate", "inconclusive", 0.58, 0.15, "");
  add("noise-strong/mi-face/outsider/recognised", "pass", 0.62, 0.15,
      "improved beyond the tolerance: check the attack");
  add("plain/dlg/operator/success_rate", "pass", 0.79, 0.15, "");
  add("plain/-/-/bytes", "pass", 98'000'000, 0, "");
}

void SampleRun::add_claims() {
  results.claims = {{{"system", "noise-strong"},
                     {"role", "outsider"},
                     {"epsilon", 8.0},
                     {"delta", 1e-5},
                     {"accountant", "pld"},
                     {"relation", "add_remove"},
                     {"sampling", "poisson"},
                     {"clip_unit", "example"},
                     {"divisor", "expected_batch"},
                     {"audited_epsilon_lower", 1.2}},
                    {{"system", "noise-weak"},
                     {"role", "server"},
                     {"epsilon", 0.5},
                     {"delta", 1e-5},
                     {"accountant", "rdp"},
                     {"relation", "add_remove"},
                     {"sampling", "poisson"},
                     {"clip_unit", "example"},
                     {"divisor", "expected_batch"},
                     {"excludes", {"age: mean", "income: center and spread"}},
                     {"audited_epsilon_lower", 0.9}}};
}

void SampleRun::add_audits(double shown) {
  const auto add = [&](const char* kind, const char* system, double value, bool met) {
    Control control{.id = fmt::format("{}/{}/{}", spec.id, system, kind),
                    .system = system,
                    .attack = spec.attacks.front().id,
                    .metric = "audited_epsilon",
                    .role = "outsider",
                    .kind = kind,
                    .estimate = {value, value, std::nullopt, "one_run", 200}};
    control.null_hi = 4.2;
    control.at_least = 1.0;
    control.met = met;
    if (!met)
      control.reason = "the claim is false: epsilon of 1 is claimed, and the audit shows 3 or more";
    results.controls.push_back(std::move(control));
  };
  add("audit", "noise-strong", shown, shown <= 1.0);
  add("planted_flaw", "noise-weak", 2.5, true);
  if (shown > 1.0) results.verdict = "invalid";
}

SampleRun& make_hostile(SampleRun& run) {
  const std::string longest = kHostile + std::string(6000, 'x');
  run.spec.id = run.results.scenario = longest;
  run.spec.info.name = kHostile;
  run.spec.info.tags = {kHostile};
  run.spec.info.references = {"https://example.org/" + kHostile};
  run.scenario_text = kHostile;
  for (auto& threat : run.spec.threats) {
    for (auto& attack : run.spec.attacks) {
      if (attack.threat == threat.id) attack.threat = kHostile + threat.id;
    }
    threat.id = kHostile + threat.id;
    threat.sees.push_back(kHostile);
  }
  for (auto& system : run.spec.systems)
    system.title = kHostile + system.id;
  for (auto& attack : run.spec.attacks)
    attack.title = kHostile;
  for (auto* rows : {&run.results.rows, &run.results.utility, &run.results.costs}) {
    for (auto& row : *rows) {
      row.id = kHostile + row.id;
      row.metric_title = row.reason = row.null_name = kHostile;
      row.assumptions = {kHostile};
    }
  }
  for (auto& cell : run.results.cells)
    cell.title += kHostile;
  for (auto& control : run.results.controls)
    control.reason = kHostile, control.id = kHostile;
  if (run.gate) {
    run.gate->baseline = kHostile;
    run.gate->reasons = {kHostile};
    for (auto& row : run.gate->rows)
      row.note = row.id = kHostile;
  }
  for (auto& claim : run.results.claims)
    claim["accountant"] = kHostile;
  for (auto& event : run.events) {
    if (!event.contains("result") || !event["result"].contains("score")) continue;
    for (auto& unit : event["result"]["score"]["units"])
      unit["unit"] = kHostile;
  }
  run.results.cells.front().status = "error";
  run.results.cells.front().error = kHostile + "\xFF\xFE\x01";
  run.run["command"] = kHostile;
  run.run["environment"][kHostile] = kHostile + "\xC3";
  return run;
}

}  // namespace assay::scenarios
