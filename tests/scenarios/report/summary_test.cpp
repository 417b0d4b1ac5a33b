#include "scenarios/report/summary.h"

#include <sstream>

#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("the summary begins with the verdict and lists the worst first") {
  SampleRun run;
  run.add_gate();
  const auto text = render_summary(run.input());
  CHECK_THAT(text, Contains("✅ **Complete: every control was met.**"));
  CHECK_THAT(text, Contains("❌ **Gate failed: 1 of 5 gated rows regressed.**"));
  CHECK_THAT(text, Contains("🔓 **3 of 4 systems leak under at least one of 2 threat models.**"));
  // Tiers are not mixed: each threat model has a table of its own.
  const auto operators = text.find("### Threat model: curious-operator");
  const auto holders = text.find("### Threat model: model-holder");
  REQUIRE(operators != text.npos);
  REQUIRE(holders != text.npos);
  const auto of_plain = text.find("| Plain FedSGD | Deep leakage", operators);
  CHECK(of_plain < text.find("| Noise of 0.1 | Deep leakage", operators));
  CHECK(of_plain < holders);
  CHECK(text.find("| Plain FedSGD | MI-Face", operators) > holders);
  // What passed without a remark is folded; what needs a look is not.
  const auto details = text.find("<details><summary>2 rows passed");
  REQUIRE(details != text.npos);
  CHECK(text.find("❌ regressed") < details);
  CHECK(text.find("check the attack") < details);
  CHECK(text.find("quickstart/plain/-/-/bytes") > details);
  CHECK(text.find("✅ met") > text.find("<details><summary>8 controls met"));
}

TEST_CASE("each system is told with its price") {
  const SampleRun run;
  const auto text = render_summary(run.input());
  CHECK_THAT(text, Contains("were rebuilt by Deep leakage from operator. Accuracy 97.2 %, bytes "
                            "93.5 MiB, time 7.88 s."));
  CHECK_THAT(text, Contains("Accuracy -1.9 points, bytes × 0.13, time × 0.13."));
}

TEST_CASE("unmet controls come first and say why") {
  SampleRun run;
  run.break_control(3);
  const auto text = render_summary(run.input());
  CHECK_THAT(text, Contains("❌ **Invalid"));
  const auto controls = text.find("### Controls");
  REQUIRE(controls != text.npos);
  CHECK(text.find("❌ not met", controls) < text.find("✅ met", controls));
  CHECK_THAT(text, Contains("does not reach 0.4"));
}

TEST_CASE("every line of a table has as many fields as its head") {
  SampleRun run;
  run.add_gate();
  std::istringstream lines(render_summary(make_hostile(run).input()));
  std::size_t fields = 0, tables = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '|') {
      fields = 0;
      continue;
    }
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
      bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    if (fields == 0) {
      fields = bars;
      ++tables;
    }
    CHECK(bars == fields);
  }
  CHECK(tables >= 3);
}

TEST_CASE("hostile text does not become markup in the summary") {
  SampleRun run;
  run.add_gate();
  const auto text = render_summary(make_hostile(run).input());
  CHECK(text.find("<script") == text.npos);
  CHECK(text.find("<img") == text.npos);
  CHECK(text.find("<!--") == text.npos);
}

TEST_CASE("a summary of any run is small enough for GitHub") {
  SampleRun run;
  run.add_gate();
  auto row = run.results.rows.front();
  auto verdict = run.gate->rows.front();
  auto control = run.results.controls.front();
  row.reason.assign(5000, '<');
  verdict.note.assign(5000, '&');
  control.reason.assign(5000, '|');
  run.results.rows.insert(run.results.rows.end(), 4000, row);
  run.gate->rows.insert(run.gate->rows.end(), 4000, verdict);
  run.results.controls.insert(run.results.controls.end(), 4000, control);
  run.gate->reasons.insert(run.gate->reasons.end(), 4000, std::string(5000, '*'));
  const auto text = render_summary(run.input());
  CHECK(text.size() < 1024 * 1024);
  CHECK(text.size() > 500 * 1024);  // as much as fits is shown
  CHECK_THAT(text.substr(text.size() - 200000), Contains("more rows are in report.html"));
}

}  // namespace
}  // namespace assay::scenarios
