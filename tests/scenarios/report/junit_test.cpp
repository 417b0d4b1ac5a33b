#include "scenarios/report/junit.h"

#include <pugixml.hpp>

#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

pugi::xml_document parsed(const SampleRun& run) {
  pugi::xml_document document;
  REQUIRE(document.load_string(render_junit(run.input()).c_str()));
  return document;
}

pugi::xml_node find_case(const pugi::xml_document& document, const std::string& name) {
  const auto node = document.child("testsuites")
                        .child("testsuite")
                        .find_child_by_attribute("testcase", "name", name.c_str());
  REQUIRE(node);
  return node;
}

/// The suite's totals are those of its cases.
void check_counts(const pugi::xml_document& document) {
  const auto suite = document.child("testsuites").child("testsuite");
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  for (const auto& node : suite.children("testcase")) {
    ++tests;
    failures += node.child("failure") ? 1 : 0;
    errors += node.child("error") ? 1 : 0;
    skipped += node.child("skipped") ? 1 : 0;
  }
  for (const auto& node : {suite, document.child("testsuites")}) {
    CHECK(node.attribute("tests").as_int() == tests);
    CHECK(node.attribute("failures").as_int() == failures);
    CHECK(node.attribute("errors").as_int() == errors);
    CHECK(node.attribute("time").as_double() > 0);
  }
  CHECK(suite.attribute("skipped").as_int() == skipped);
  // Readers of JUnit files expect a type beside each message.
  for (const auto& node : suite.children("testcase")) {
    for (const char* name : {"failure", "error"}) {
      if (node.child(name))
        CHECK_FALSE(std::string(node.child(name).attribute("type").value()).empty());
    }
  }
}

TEST_CASE("without a gate every row is a case that passes if it is complete") {
  SampleRun run;
  run.fail_cell("dlg on noise-weak from operator seed 1", "killed");
  const auto document = parsed(run);
  check_counts(document);
  CHECK(std::string(document.child("testsuites").child("testsuite").attribute("name").value()) ==
        "quickstart");
  CHECK_FALSE(find_case(document, "plain.dlg.operator.success_rate").child("failure"));
  CHECK(find_case(document, "noise-weak.dlg.operator.success_rate").child("error"));
  CHECK_THAT(find_case(document, "plain.dlg.eavesdropper:0-1.success_rate")
                 .child("skipped")
                 .attribute("message")
                 .value(),
             Contains("links are encrypted"));
  CHECK(find_case(document, "plain.-.-.bytes"));
  CHECK(document.child("testsuites").attribute("failures").as_int() == 0);
}

TEST_CASE("with a gate regressions fail and inconclusive rows are skipped") {
  SampleRun run;
  run.add_gate();
  const auto document = parsed(run);
  check_counts(document);
  const auto failure =
      find_case(document, "pruned.dlg+adaptive.operator.success_rate").child("failure");
  REQUIRE(failure);
  CHECK_THAT(failure.attribute("message").value(), Contains("tolerance +15 points"));
  CHECK(find_case(document, "noise-weak.dlg+adaptive.operator.success_rate").child("skipped"));
  const auto passed = find_case(document, "plain.dlg.operator.success_rate");
  CHECK_FALSE(passed.child("failure"));
  CHECK_FALSE(passed.child("skipped"));
  CHECK_THAT(
      find_case(document, "noise-strong.mi-face.outsider.recognised").child_value("system-out"),
      Contains("check the attack"));
}

TEST_CASE("an unmet control fails, and what the gate misses is an error") {
  SampleRun run;
  run.add_gate();
  run.break_control(0);
  run.gate->verdict = "incomplete";
  run.gate->reasons = {"quickstart/gone: in the baseline, but not in the run"};
  const auto document = parsed(run);
  check_counts(document);
  CHECK(find_case(document, "control.noise-weak.dlg.success_rate").child("failure"));
  CHECK_THAT(find_case(document, "gate.complete").child("error").attribute("message").value(),
             Contains("gone"));
}

TEST_CASE("a regressed row without results is an error, not a pass") {
  SampleRun run;
  run.add_gate();
  run.gate->rows.front().id = "quickstart/gone/dlg/operator/success_rate";
  const auto document = parsed(run);
  CHECK(find_case(document, "quickstart/gone/dlg/operator/success_rate").child("failure"));
}

TEST_CASE("hostile text survives the way through XML") {
  SampleRun run;
  run.add_gate();
  make_hostile(run);
  run.results.rows.front().system = "bell\a null" + std::string(1, '\0') + " bad \xFF end";
  run.gate.reset();
  const auto document = parsed(run);
  check_counts(document);
  const auto text = render_junit(run.input());
  CHECK(std::all_of(text.begin(), text.end(),
                    [](unsigned char c) { return c >= 0x20 || c == '\n' || c == '\t'; }));
  const auto name = document.child("testsuites").child("testsuite").attribute("name").value();
  CHECK_THAT(name, Contains("</script><script>alert(1)</script>"));
}

}  // namespace
}  // namespace assay::scenarios
