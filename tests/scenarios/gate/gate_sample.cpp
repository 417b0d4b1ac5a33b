#include "tests/scenarios/gate/gate_sample.h"

#include <algorithm>
#include <stdexcept>

namespace assay::scenarios {
namespace {

constexpr const char* kEnvironment = "assay 1 | torch 2 | AVX2 | Linux";

Row row_of(const std::string& system, const std::string& attack, const std::string& metric,
           Design design, std::vector<UnitValue> units) {
  Row row;
  row.system = system;
  row.attack = attack;
  row.role = attack.empty() ? "" : "operator";
  row.metric = metric;
  row.id = "gate/" + system + "/" + (attack.empty() ? "-/-" : attack + "/operator") + "/" + metric;
  row.design = design;
  row.units = std::move(units);
  row.estimate = estimate_of(row.units, design);
  return row;
}

std::vector<UnitValue> by_seed(const std::vector<double>& values) {
  std::vector<UnitValue> units;
  for (double value : values)
    units.push_back({static_cast<std::int64_t>(units.size()) + 1, "run", value});
  return units;
}

std::vector<UnitValue> hits(const std::vector<std::int64_t>& count, std::int64_t per_seed) {
  std::vector<UnitValue> units;
  for (std::size_t seed = 0; seed < count.size(); ++seed) {
    for (std::int64_t unit = 0; unit < per_seed; ++unit) {
      units.push_back({static_cast<std::int64_t>(seed) + 1, std::to_string(unit),
                       unit < count[seed] ? 1.0 : 0.0});
    }
  }
  return units;
}

}  // namespace

const char* const kGateScenario = R"(schema: 1
id: gate
info: {name: "Rows of every design"}
threats:
  - {id: curious-operator, adversary: [operator], sees: [client_update, global_model], knows: [architecture]}
data:  {name: mnist, train: 256, test: 64, clients: 2, partition: {kind: iid}}
model: {name: lenet-sigmoid}
train: {rounds: 2, batch: 8, optimizer: sgd, lr: 0.03}
probes:
  - {id: first, steps: [0], batch: 1, victims: 12, fresh_model: true}
  - {id: last, steps: [last], batch: 1, victims: 10}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
  - {id: noise, kind: federated, method: synchronous, defenses: [{kind: gaussian_noise, stddev: 1.0}]}
attacks:
  - {id: fresh, kind: gradient_inversion, method: map, threat: curious-operator, probe: first}
  - {id: shared, kind: gradient_inversion, method: map, threat: curious-operator, probe: last}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: success_rate, from: fresh, worse: higher, tolerance: 0.3}
  - {id: success_rate, from: shared, worse: higher, tolerance: 0.2}
  - {id: psnr_db, from: fresh, worse: higher, kind: informational}
  - {id: test_accuracy, worse: lower, tolerance: 0.05}
  - {id: bytes, worse: higher, kind: exact}
controls:
  - {attack: fresh, metric: success_rate, at_least: 0.3, expect: 0.95}
  - {attack: shared, metric: success_rate, at_least: 0.3, expect: 0.95}
)";

const Spec& gate_spec() {
  static const Spec spec = parse_spec(kGateScenario, "gate.yaml");
  return spec;
}

Row fresh_row(const std::string& system, std::int64_t count, std::int64_t n) {
  return row_of(system, "fresh", "success_rate", Design::independent_binary, hits({count}, n));
}

Row shared_row(const std::string& system, const std::vector<std::int64_t>& count,
               std::int64_t per_seed) {
  return row_of(system, "shared", "success_rate", Design::clustered_binary, hits(count, per_seed));
}

Row accuracy_row(const std::string& system, const std::vector<double>& values) {
  return row_of(system, "", "test_accuracy", Design::clustered, by_seed(values));
}

Row distance_row(const std::string& system, double value) {
  return row_of(system, "fresh", "psnr_db", Design::independent,
                {{1, "0", value}, {1, "1", value + 1.0}});
}

Row bytes_row(const std::string& system, const std::vector<double>& values) {
  return row_of(system, "", "bytes", Design::counted, by_seed(values));
}

Results gate_results() {
  Results results;
  results.scenario = "gate";
  results.verdict = "complete";
  results.rows = {fresh_row("plain", 12),
                  fresh_row("noise", 1),
                  shared_row("plain", {9, 8, 9, 10, 9}),
                  shared_row("noise", {1, 0, 2, 1, 1}),
                  distance_row("plain", 40.0),
                  distance_row("noise", 12.0)};
  results.utility = {accuracy_row("plain", {0.90, 0.91, 0.92, 0.90, 0.91}),
                     accuracy_row("noise", {0.85, 0.86, 0.84, 0.86, 0.85})};
  results.costs = {bytes_row("plain", std::vector<double>(5, 1000.0)),
                   bytes_row("noise", std::vector<double>(5, 1000.0))};
  for (const char* attack : {"fresh", "shared"}) {
    Control control;
    control.id = std::string("gate/plain/") + attack + "/success_rate";
    control.met = true;
    results.controls.push_back(control);
  }
  CellSummary cell;
  cell.key = "1";
  cell.title = "train plain seed 1";
  cell.status = "ok";
  results.cells.push_back(cell);
  return results;
}

void put(Results& results, const Row& row) {
  for (auto* list : {&results.rows, &results.utility, &results.costs}) {
    for (auto& old : *list) {
      if (old.id != row.id) continue;
      old = row;
      return;
    }
  }
  throw std::out_of_range("no row " + row.id);
}

Baseline baseline_of(const Results& results) {
  const nlohmann::json run = {{"environment",
                               {{"assay", "assay 1"},
                                {"libtorch", "torch 2"},
                                {"cpu_capability", "AVX2"},
                                {"system", "Linux"}}},
                              {"selection", {{"systems", nlohmann::json::array()}}},
                              {"seeds", {1, 2, 3, 4, 5}}};
  auto baseline = make_baseline(gate_spec(), results, run);
  baseline.file = "base.json";
  return baseline;
}

GateVerdict judged(const Results& results, const Baseline& baseline, GateOptions options,
                   const Spec& spec) {
  if (options.environment.empty()) options.environment = kEnvironment;
  if (options.selection.empty()) options.selection = baseline.selection;
  return judge(spec, results, baseline, options);
}

RowVerdict verdict_of(const GateVerdict& verdict, const std::string& id) {
  const auto it = std::find_if(verdict.rows.begin(), verdict.rows.end(),
                               [&](const auto& row) { return row.id == id; });
  if (it == verdict.rows.end()) throw std::out_of_range("no verdict of " + id);
  return *it;
}

}  // namespace assay::scenarios
