#include "scenarios/report/sarif.h"

#include <set>

#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// What SARIF 2.1.0 (OASIS, 27 March 2020) requires of a log:
/// sections 3.13, 3.14, 3.18, 3.19, 3.27, 3.49.
json checked(const SampleRun& run) {
  const auto log = json::parse(render_sarif(run.input()));
  CHECK(log.at("version") == "2.1.0");
  REQUIRE(log.at("runs").size() == 1);
  const auto& driver = log["runs"][0].at("tool").at("driver");
  CHECK(driver.at("name") == "assay");
  std::set<std::string> ids;
  for (const auto& rule : driver.at("rules")) {
    CHECK(ids.insert(rule.at("id")).second);
    for (const char* text : {"shortDescription", "fullDescription", "help"}) {
      CHECK(!rule.at(text).at("text").get<std::string>().empty());  // GitHub shows these
    }
  }
  for (const auto& result : log["runs"][0].at("results")) {
    const std::set<std::string> levels = {"none", "note", "warning", "error"};
    CHECK(levels.contains(result.at("level").get<std::string>()));
    CHECK(!result.at("message").at("text").get<std::string>().empty());
    const auto& rule = driver["rules"].at(result.at("ruleIndex").get<std::size_t>());
    CHECK(rule.at("id") == result.at("ruleId"));
    const auto& place = result.at("locations").at(0).at("physicalLocation");
    CHECK(place.at("region").at("startLine").get<int>() >= 1);
    const auto uri = place.at("artifactLocation").at("uri").get<std::string>();
    for (const char c : uri)
      CHECK((std::isalnum(static_cast<unsigned char>(c)) ||
             std::string("-._~/%").find(c) != std::string::npos));
    CHECK(result.at("partialFingerprints").at("assayRow/v1").is_string());
  }
  return log;
}

TEST_CASE("a complete run without a gate has no results") {
  const SampleRun run;
  const auto log = checked(run);
  CHECK(log["runs"][0]["results"].empty());
  CHECK(log["runs"][0]["tool"]["driver"]["version"] == "0.1.0+3f2a1bc");
}

TEST_CASE("regressions and inconclusive rows point at the system's line") {
  SampleRun run;
  run.add_gate();
  run.run["scenario_file"] = "scenarios/library/quick start.yaml";
  const auto log = checked(run);
  const auto& results = log["runs"][0]["results"];
  REQUIRE(results.size() == 2);
  CHECK(results[0]["level"] == "error");
  CHECK(results[0]["ruleId"] == "dlg");
  CHECK(results[0]["partialFingerprints"]["assayRow/v1"] ==
        "quickstart/pruned/dlg+adaptive/operator/success_rate");
  // "  - {id: pruned}" is the eighth line of the sample's scenario.
  CHECK(results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 8);
  CHECK(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] ==
        "scenarios/library/quick%20start.yaml");
  CHECK(results[1]["level"] == "warning");
  CHECK(results[1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 5);
}

TEST_CASE("a cost that regressed has its metric as the rule") {
  SampleRun run;
  run.add_gate();
  run.gate->rows.back().outcome = "regressed";
  const auto log = checked(run);
  bool found = false;
  for (const auto& result : log["runs"][0]["results"])
    found = found || result["ruleId"] == "bytes";
  CHECK(found);
}

TEST_CASE("an unmet control is an error") {
  SampleRun run;
  run.break_control(1);
  const auto log = checked(run);
  const auto& results = log["runs"][0]["results"];
  REQUIRE(results.size() == 1);
  CHECK(results[0]["level"] == "error");
  CHECK(results[0]["ruleId"] == "mi-face");
}

TEST_CASE("cells without a result make the invocation fail, and are told") {
  SampleRun run;
  CHECK(checked(run)["runs"][0]["invocations"][0]["executionSuccessful"] == true);
  run.fail_cell("dlg on noise-weak from operator seed 1", "killed");
  const auto invocation = checked(run)["runs"][0]["invocations"][0];
  CHECK(invocation["executionSuccessful"] == false);
  REQUIRE(invocation["toolExecutionNotifications"].size() == 1);
  CHECK(invocation["toolExecutionNotifications"][0]["message"]["text"] ==
        "dlg on noise-weak from operator seed 1: killed");
}

TEST_CASE("an absolute path of a scenario is cut to its name, which GitHub can resolve") {
  SampleRun run;
  run.add_gate();
  run.run["scenario_file"] = "/home/somebody/quickstart.yaml";
  CHECK(checked(run)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
                    ["artifactLocation"]["uri"] == "quickstart.yaml");
}

TEST_CASE("places fall back to the marks of the spec") {
  SampleRun run;
  run.add_gate();
  run.scenario_text = ": : not yaml [";
  run.spec.marks["/systems/3"] = {"quickstart.yaml", 31, 5};
  const auto log = checked(run);
  CHECK(log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] ==
        31);
}

TEST_CASE("there are never more results than GitHub takes, and errors come first") {
  SampleRun run;
  run.add_gate();
  auto inconclusive = run.gate->rows[1];
  auto regressed = run.gate->rows[0];
  run.gate->rows.assign(6000, inconclusive);
  run.gate->rows.push_back(regressed);
  const auto log = checked(run);
  CHECK(log["runs"][0]["results"].size() == 5000);
  CHECK(log["runs"][0]["results"][0]["level"] == "error");
}

TEST_CASE("hostile text stays text in SARIF") {
  SampleRun run;
  run.add_gate();
  run.break_control(0);
  checked(make_hostile(run));
}

}  // namespace
}  // namespace assay::scenarios
