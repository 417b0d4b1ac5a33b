#pragma once

#include <nlohmann/json.hpp>

#include "scenarios/report/findings.h"
#include "scenarios/report/input.h"
#include "scenarios/report/scored_units.h"
#include "scenarios/report/table.h"

namespace assay::scenarios {

/// What the sections of report.html share, looked up once.
struct Reading {
  explicit Reading(const ReportInput& input)
      : in(input), events(input.events), found(findings(input)), systems(systems_in_order(input)) {}

  const ReportInput& in;
  EventIndex events;
  std::vector<ThreatFinding> found;
  std::vector<const SystemSection*> systems;  ///< controls first

  /// The strongest row of a system under any threat model that it was found by.
  bool is_headline(const Row& row) const {
    for (const auto& threat : found) {
      const auto* finding = threat.of(row.system);
      if (finding != nullptr && finding->row == &row) return true;
    }
    return false;
  }
};

/// The charts of a page: what report.js draws, in the order of the page. Each is
/// {"element": id, "choices": [Vega-Lite spec, ...]}.
using Charts = nlohmann::json;

/// A Vega expression: the label of a tick on an axis of shares, as the tables write it.
inline constexpr const char* kPercent = "format(datum.value * 100, '.0f') + ' %'";

/// Adds a chart and returns what the partial {{> figure}} shows of it: title, choices, data table.
struct ChoiceOfChart {
  std::string label;
  nlohmann::json spec;
};
struct Figure {
  std::string id, title, description;  ///< the description is read out instead of the picture
  std::vector<std::string> notes;
  std::vector<ChoiceOfChart> choices;
  std::vector<Table> tables;
};
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
