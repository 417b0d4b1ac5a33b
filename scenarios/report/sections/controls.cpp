#include <cmath>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {

namespace {

/// The metric's title, which the rows of its attack have.
std::string title_of_metric(const Results& results, const Control& control) {
  for (const auto& row : results.rows) {
    if (row.metric == control.metric && attack_id(row) == control.attack) return metric_title(row);
  }
  return control.metric;
}

const char* condition_of(const Control& control) {
  if (control.kind == "matched") return "with its protection off";
  if (control.kind == "at_null") return "must be at its null";
  if (control.kind == "audit") return "must keep its claim";
  if (control.kind == "planted_flaw") return "flawed on purpose: must be found";
  return "the undefended control";
}

TableCell bound_of(const Control& control, Scale scale) {
  const auto bound = format_value(control.at_least, scale);
  if (control.kind == "audit")
    return {std::isfinite(control.at_least) ? "at most " + bound : "–", "", "the claim"};
  if (control.kind == "planted_flaw") return {"above " + bound, "", "the claim"};
  return bound;
}

TableCell other_bound_of(const Control& control, Scale scale) {
  if (control.is_audit()) return "–";
  return {format_value(control.null_hi, scale), "", "without the view"};
}

}  // namespace

Data controls_section(const Reading& reading) {
  const auto& in = reading.in;
  Table table{.caption = "Each attack must break what is unprotected",
              .columns = {"On", "Attack", "#Reached", "#Must reach", "#Must lie above", "Outcome"}};
  for (const auto& control : in.results.controls) {
    const auto scale = scale_of(control.metric);
    auto attack = attack_name(in, control.attack);
    if (!control.role.empty()) attack += " from " + control.role;
    table.add({{system_name(in, control.system), "", condition_of(control)},
               {attack, "", title_of_metric(in.results, control)},
               format_estimate(control.estimate, scale),
               bound_of(control, scale),
               other_bound_of(control, scale),
               {control.met ? "✓ met" : "✕ not met", control.met ? "good" : "bad", control.reason}},
              control.met ? "" : "bad-row");
  }
  return Object{{"none", table.rows.empty()}, {"table", to_data(table)}};
}

}  // namespace assay::scenarios
