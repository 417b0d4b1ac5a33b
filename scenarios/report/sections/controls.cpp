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

}  // namespace

Data controls_section(const Reading& reading) {
  const auto& in = reading.in;
  Table table{.caption = "Each attack must break what is unprotected",
              .columns = {"On", "Attack", "#Reached", "#Must reach", "#Must lie above", "Outcome"}};
  for (const auto& control : in.results.controls) {
    const auto scale = scale_of(control.metric);
    auto attack = attack_name(in, control.attack);
    if (!control.role.empty()) attack += " from " + control.role;
    table.add({{system_name(in, control.system), "",
                control.kind == "matched"   ? "with its protection off"
                : control.kind == "at_null" ? "must be at its null"
                                            : "the undefended control"},
               {attack, "", title_of_metric(in.results, control)},
               format_estimate(control.estimate, scale),
               format_value(control.at_least, scale),
               {format_value(control.null_hi, scale), "", "without the view"},
               {control.met ? "✓ met" : "✕ not met", control.met ? "good" : "bad", control.reason}},
              control.met ? "" : "bad-row");
  }
  return Object{{"none", table.rows.empty()}, {"table", to_data(table)}};
}

}  // namespace assay::scenarios
