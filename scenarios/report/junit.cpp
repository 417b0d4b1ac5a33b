#include "scenarios/report/junit.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>

#include "scenarios/report/format.h"
#include "scenarios/report/row_texts.h"
#include "scenarios/report/scored_units.h"
#include "scenarios/report/text.h"

namespace assay::scenarios {
namespace {

/// What became of a case. Empty `element`: it passed.
struct Outcome {
  std::string element = {};  ///< failure | error | skipped
  std::string message = {};
  const char* type = "row";  ///< control | regression | incomplete
};

/// Wall time of the run's cells: single rows have no time of their own.
double seconds_of_cells(const ReportInput& in) {
  const EventIndex events(in.events);
  double seconds = 0;
  for (const auto& cell : in.results.cells) {
    const auto* event = events.cell(cell.key);
    if (event != nullptr) seconds += number_at(*event, {"wall_s"}).value_or(0);
  }
  return seconds;
}

class Suite {
 public:
  explicit Suite(const ReportInput& in) : scenario_(xml_text(in.spec.id)) {
    auto declaration = document_.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    suites_ = document_.append_child("testsuites");
    suite_ = suites_.append_child("testsuite");
    for (auto node : {suites_, suite_})
      node.append_attribute("name") = scenario_.c_str();
    seconds_ = seconds_of_cells(in);
  }

  void add(const std::string& name, const Outcome& outcome, const std::string& remark = "") {
    auto node = suite_.append_child("testcase");
    node.append_attribute("classname") = scenario_.c_str();
    node.append_attribute("name") = xml_text(name).c_str();
    ++tests_;
    if (!outcome.element.empty()) {
      auto child = node.append_child(outcome.element.c_str());
      const auto message = xml_text(outcome.message);
      child.append_attribute("message") = message.c_str();
      if (outcome.element != "skipped") {
        child.append_attribute("type") = outcome.type;
        child.text().set(message.c_str());
      }
      (outcome.element == "failure" ? failures_
       : outcome.element == "error" ? errors_
                                    : skipped_) += 1;
    }
    if (!remark.empty()) node.append_child("system-out").text().set(xml_text(remark).c_str());
  }

  std::string text() {
    for (auto node : {suites_, suite_}) {
      node.append_attribute("tests") = tests_;
      node.append_attribute("failures") = failures_;
      node.append_attribute("errors") = errors_;
      node.append_attribute("time") = fmt::format("{:.3f}", seconds_).c_str();
    }
    suite_.append_attribute("skipped") = skipped_;
    std::ostringstream out;
    document_.save(out, " ");
    return out.str();
  }

 private:
  std::string scenario_;
  pugi::xml_document document_;
  pugi::xml_node suites_, suite_;
  double seconds_ = 0;
  int tests_ = 0, failures_ = 0, errors_ = 0, skipped_ = 0;
};

std::string name_of(const Row& row) {
  const auto part = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  return fmt::format("{}.{}.{}.{}", part(row.system), part(row.attack), part(row.role),
                     part(row.metric));
}

/// Of a row that no gate judged: whether it is there.
Outcome completeness(const Row& row) {
  if (row.resolution == "incomplete") return {"error", row.reason, "incomplete"};
  if (row.resolution == "not_applicable") return {"skipped", "not applicable: " + row.reason};
  return {};
}

std::string numbers(const Row& row) {
  auto text = format_estimate(row.estimate, scale_of(row.metric, row.unit));
  return row.resolution == "ok" ? text : text + "; " + row.resolution + ": " + row.reason;
}

void add_gated(Suite& suite, const ReportInput& in, const RowVerdict& verdict) {
  const auto* row = in.results.find(verdict.id);
  const auto texts = texts_of(in, verdict);
  std::string message =
      fmt::format("{}: from {} to {}", verdict.outcome, texts.baseline, texts.now);
  if (verdict.change) message += ", worse by " + texts.change;
  if (verdict.lower) message += ", at least " + texts.lower;
  if (verdict.upper) message += ", at most " + texts.upper;
  message += ", tolerance " + texts.tolerance;
  if (verdict.p_adjusted) message += ", adjusted p " + texts.p;
  if (!verdict.note.empty()) message += "; " + verdict.note;
  Outcome outcome;
  if (row != nullptr) outcome = completeness(*row);
  if (outcome.element.empty() && verdict.outcome == "regressed")
    outcome = {"failure", message, "regression"};
  if (outcome.element.empty() && verdict.outcome == "inconclusive") outcome = {"skipped", message};
  suite.add(row != nullptr ? name_of(*row) : verdict.id, outcome,
            outcome.element.empty() ? message : "");
}

}  // namespace

std::string render_junit(const ReportInput& in) {
  Suite suite(in);
  for (const auto& control : in.results.controls) {
    Outcome outcome;
    if (!control.met) {
      outcome = {"failure",
                 control.kind == "at_null"
                     ? fmt::format("the shares show something: {}", control.reason)
                 : control.is_audit()
                     ? control.reason
                     : fmt::format("the control was not met, so the attack's other rows say "
                                   "nothing: {}",
                                   control.reason),
                 "control"};
    }
    auto name = fmt::format("control.{}.{}.{}", control.system, control.attack, control.metric);
    if (control.kind == "at_null") name += ".at_null." + control.role;
    if (control.kind == "audit") name += ".claim." + control.role;
    if (control.kind == "planted_flaw") name = fmt::format("planted_flaw.{}", control.system);
    suite.add(name, outcome);
  }
  if (in.gate) {
    for (const auto& row : in.gate->rows)
      add_gated(suite, in, row);
    if (in.gate->verdict == "incomplete") {
      suite.add("gate.complete",
                {"error", fmt::format("{}", fmt::join(in.gate->reasons, "; ")), "incomplete"});
    }
    return suite.text();
  }
  for (const auto* list : {&in.results.rows, &in.results.utility, &in.results.costs}) {
    for (const auto& row : *list)
      suite.add(name_of(row), completeness(row), numbers(row));
  }
  return suite.text();
}

}  // namespace assay::scenarios
