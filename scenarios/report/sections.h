#pragma once

#include <nlohmann/json.hpp>

#include "scenarios/report/findings.h"
#include "scenarios/report/input.h"
#include "scenarios/report/scored_units.h"
#include "scenarios/report/table.h"

namespace assay::scenarios {

/// What the sections of report.html share, looked up once.
struct Reading {
  explicit Reading(const ReportInput& input);

  const ReportInput& in;
  EventIndex events;
  std::vector<ThreatFinding> found;
  std::vector<const SystemSection*> systems;  ///< controls first
  const SystemSection* control = nullptr;     ///< the first undefended system; none: nullptr

  /// Whether a row is the strongest of its system under a threat model.
  bool is_headline(const Row& row) const;

  /// The metric that shows how well single victims were rebuilt, rather than whether; empty if an
  /// attack has none.
  std::string quality_metric(const AttackSection& attack) const;
};

/// The charts of a page: what report.js draws, in the order of the page. Each is
/// {"element": id, "choices": [Vega-Lite spec, ...]}.
using Charts = nlohmann::json;

/// A Vega expression: the label of a tick on an axis of shares, as the tables write it.
inline constexpr const char* kPercent = "format(datum.value * 100, '.0f') + ' %'";

struct ChoiceOfChart {
  std::string label;
  nlohmann::json spec;
};
/// What a mark of a chart stands for. `mark` is a class of report.css.
struct LegendEntry {
  std::string mark, text;
};
struct Figure {
  std::string id, title, description;  ///< the description is read out instead of the picture
  std::string vertical = {};           ///< what the vertical axis shows; empty: its labels say it
  std::vector<LegendEntry> legend = {};
  std::vector<std::string> notes = {};
  std::vector<ChoiceOfChart> choices = {};
  std::vector<Table> tables = {};
  /// Every point of the chart in a row of its own, where `tables` only sum them up; none: no rows.
  Table points = {};
};
/// Adds a chart and returns what the partial {{> figure}} shows of it: title, choices, data tables.
Data add_figure(const Figure& figure, Charts& charts);

/// One function per section of the page, each in a file of its own.
Data opening_section(const Reading& reading);
Data leakage_section(const Reading& reading);
Data tradeoff_section(const Reading& reading, Charts& charts);
Data profiles_section(const Reading& reading, Charts& charts);
Data gallery_section(const Reading& reading);
Data claims_section(const Reading& reading);
Data costs_section(const Reading& reading);
Data regressions_section(const Reading& reading);
Data controls_section(const Reading& reading);
Data reproduce_section(const Reading& reading);

}  // namespace assay::scenarios
