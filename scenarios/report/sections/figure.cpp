#include <fmt/format.h>

#include "scenarios/report/sections.h"

namespace assay::scenarios {

Data add_figure(const Figure& figure, Charts& charts) {
  nlohmann::json specs = nlohmann::json::array();
  List choices, tables, notes;
  for (std::size_t i = 0; i < figure.choices.size(); ++i) {
    specs.push_back(figure.choices[i].spec);
    choices.push_back(Object{{"label", figure.choices[i].label},
                             {"group", figure.id + "-choice"},
                             {"index", std::to_string(i)},
                             {"checked", i == 0}});
  }
  charts.push_back({{"element", figure.id}, {"choices", specs}});
  for (const auto& table : figure.tables) tables.push_back(to_data(table));
  for (const auto& note : figure.notes) notes.push_back(Object{{"note", note}});
  return Object{{"figure_id", figure.id},
                {"figure_title", figure.title},
                {"description", figure.description},
                {"has_choices", figure.choices.size() > 1},
                {"choices", choices},
                {"notes", notes},
                {"tables", tables}};
}

}  // namespace assay::scenarios
