#include <map>
#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "scenarios/spec/spec.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using nlohmann::json;

std::string shipped(const std::string& name) {
  return (fs::path(ASSAY_SOURCE) / "scenarios/library" / (name + ".yaml")).string();
}

json results_of(const fs::path& folder) {
  return json::parse(read_text_file(folder / "results.json"));
}

std::map<std::string, json> rows_of(const json& results) {
  std::map<std::string, json> rows;
  for (const auto& row : results["rows"])
    rows[row["id"]] = row;
  return rows;
}

TEST_CASE(
    "every shipped scenario validates, and its plan says what each control and gated row can "
    "tell") {
  for (const auto& entry : fs::directory_iterator(fs::path(ASSAY_SOURCE) / "scenarios/library")) {
    INFO(entry.path());
    REQUIRE(entry.path().extension() == ".yaml");
    const auto file = entry.path().string();
    CHECK(load_spec(file).id == entry.path().stem());
    CHECK(run_assay({"validate", file}).code == 0);
    const auto plan = run_assay({"plan", file});
    REQUIRE(plan.code == 0);
    for (const auto& control : load_spec(file).controls) {
      CHECK_THAT(plan.out, Contains("/" + control.attack + "/" + control.metric));
    }
    CHECK_THAT(plan.out, Contains("at least") && Contains(" %"));
    const auto spec = load_spec(file);
    const bool gates =
        std::any_of(spec.metrics.begin(), spec.metrics.end(), [](const MetricSection& metric) {
          return metric.kind == MetricSection::Kind::statistical;
        });
    if (gates) CHECK_THAT(plan.out, Contains("tolerance"));
    CHECK_THAT(plan.out, !Contains("not a rate"));
  }
}

TEST_CASE(
    "the quickstart shows what its page says: naive attackers are stopped, adaptive ones are not") {
  TemporaryFolder folder;
  const auto out = folder.path() / "out";
  const auto run = run_assay({"run", shipped("quickstart"), "--out", out.string(), "--jobs", "2"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto results = results_of(out);
  CHECK(results["verdict"] == "complete");
  for (const auto& control : results["controls"])
    CHECK(control["met"] == true);
  auto rows = rows_of(results);
  auto rate = [&](const std::string& row) {
    const auto id = "quickstart/" + row + "/operator/success_rate";
    REQUIRE(rows.contains(id));
    return rows[id]["value"].get<double>();
  };
  CHECK(rate("plain/dlg") >= 0.75);
  CHECK(rate("noise/dlg") <= 0.25);
  CHECK(rate("pruned/dlg") <= 0.25);
  CHECK(rate("noise/dlg+adaptive") >= 0.75);
  CHECK(rate("pruned/dlg+adaptive") >= 0.75);
  for (const auto& [id, row] : rows) {
    INFO(id);
    if (row["metric"] != "success_rate") continue;
    CHECK(row["interval"] == "clopper_pearson");
    CHECK(row["null"]["value"] == 0.0);
    CHECK(row["n_units"] == 12);
  }
}

TEST_CASE("the federated example runs from end to end, cut down") {
  TemporaryFolder folder;
  const auto out = folder.path() / "out";
  std::vector<std::string> command = {"run",     shipped("fl-gradient-inversion"),
                                      "--out",   out.string(),
                                      "--jobs",  "2",
                                      "--seeds", "1",
                                      "--set",   "train.rounds=20"};
  for (const auto* field :
       {"attacks.dlg.gradient_evaluations=40", "attacks.map-late.gradient_evaluations=40",
        "attacks.invert.gradient_evaluations=20"}) {
    command.insert(command.end(), {"--set", field});
  }
  const auto run = run_assay(command);
  INFO(run.err);
  // So small a budget rebuilds nothing, which the controls notice.
  REQUIRE(run.code == 4);
  const auto results = results_of(out);
  CHECK(results["verdict"] == "invalid");
  for (const auto& cell : results["cells"])
    CHECK(cell["status"] == "ok");
  const auto rows = rows_of(results);
  for (const auto* id :
       {"plain/dlg/operator/success_rate", "pruned/dlg+adaptive/operator/success_rate",
        "plain/map-late/operator/success_rate", "pruned/map-late+adaptive/operator/success_rate",
        "plain/invert/outsider/recognised", "pruned/invert/outsider/recognised"}) {
    INFO(id);
    REQUIRE(rows.contains("fl-gradient-inversion/" + std::string(id)));
    CHECK(rows.at("fl-gradient-inversion/" + std::string(id))["value"].is_number());
  }
}

TEST_CASE("of shares only a dealer, or all that there are, make a record: mpc-views") {
  TemporaryFolder folder;
  const auto out = folder.path() / "out";
  const auto run = run_assay({"run", shipped("mpc-views"), "--out", out.string(), "--jobs", "2",
                              "--only", "attack=add-up"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const auto results = results_of(out);
  for (const auto& control : results["controls"])
    CHECK(control["met"] == true);
  auto rows = rows_of(results);
  const auto rate = [&](const std::string& system, const std::string& role) {
    return rows.at("mpc-views/" + system + "/add-up/" + role + "/success_rate")["value"];
  };
  for (const auto* all_seeing : {"party:0", "dealer", "party:0+party:1", "party:1+dealer"})
    CHECK(rate("first-party-deals", all_seeing) == 1.0);
  CHECK(rate("first-party-deals", "party:1") == 0.0);
  for (const auto* blind : {"party:0", "party:1", "party:0+party:1", "dealer", "eavesdropper:0-1"})
    CHECK(rate("third-party-deals", blind) == 0.0);
  CHECK(rate("third-party-deals", "party:1+dealer") == 1.0);
  CHECK(rate("clear", "party:1") == 1.0);
}

TEST_CASE("whoever holds a model of census records tells whose they are, and nobody without it") {
  TemporaryFolder folder;
  const auto out = folder.path() / "out";
  const auto run = run_assay({"run", shipped("census-membership"), "--out", out.string(), "--jobs",
                              "2", "--only", "system=plain"});
  INFO(run.err);
  REQUIRE(run.code == 0);  // every attack breaks the model that has learnt its records by heart
  const auto results = results_of(out);
  CHECK(results["controls"].size() == 4);
  auto rows = rows_of(results);
  const auto value = [&](const std::string& row) {
    const auto id = "census-membership/plain/" + row;
    REQUIRE(rows.contains(id));
    return rows[id]["value"].get<double>();
  };
  // What one threshold for all cannot see: who is found without a mistake to speak of.
  CHECK(value("loss/outsider/tpr_at_one_percent") < 0.03);
  CHECK(value("lira/outsider/tpr_at_one_percent") > 0.03);
  CHECK(value("rmia/outsider/auc") > value("loss/outsider/auc"));
  for (const auto& [id, row] : rows) {
    INFO(id);
    if (row["metric"] == "tpr_at_one_permille") {
      CHECK(row["resolution"] == "below resolution");
      CHECK(row["value"].is_null());
      continue;
    }
    CHECK(row["interval"] == "t_seeds");
    CHECK(row["n_seeds"] == 5);
    CHECK(row["null"]["attacker"] == "the records alone");
    if (row["metric"] != "auc") continue;
    CHECK(row["null"]["lo"] < 0.5);
    CHECK(row["null"]["hi"] > 0.5);
    CHECK(row["null"]["hi"] < 0.55);
  }
}

}  // namespace
}  // namespace assay::scenarios
