#include "scenarios/report/sections.h"

namespace assay::scenarios {

Data add_figure(const Figure& figure, Charts& charts) {
  nlohmann::json specs = nlohmann::json::array();
  List choices, tables, notes, legend;
  for (std::size_t i = 0; i < figure.choices.size(); ++i) {
    specs.push_back(figure.choices[i].spec);
    choices.push_back(Object{{"label", figure.choices[i].label},
                             {"group", figure.id + "-choice"},
                             {"index", std::to_string(i)},
                             {"checked", i == 0}});
  }
  charts.push_back({{"element", figure.id}, {"choices", specs}});
  for (const auto& table : figure.tables)
    tables.push_back(to_data(table));
  for (const auto& note : figure.notes)
    notes.push_back(Object{{"note", note}});
  for (const auto& entry : figure.legend) {
    legend.push_back(Object{{"mark", entry.mark}, {"text", entry.text}});
  }
  return Object{{"figure_id", figure.id},
                {"figure_title", figure.title},
                {"description", figure.description},
                {"vertical", figure.vertical},
                {"has_vertical", !figure.vertical.empty()},
                {"has_choices", figure.choices.size() > 1},
                {"choices", choices},
                {"legend", legend},
                {"has_legend", !figure.legend.empty()},
                {"notes", notes},
                {"tables", tables},
                {"has_points", !figure.points.rows.empty()},
                {"points", to_data(figure.points)}};
}

}  // namespace assay::scenarios
