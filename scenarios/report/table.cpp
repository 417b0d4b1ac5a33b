#include "scenarios/report/table.h"

#include <fmt/format.h>

namespace assay::scenarios {

Data to_data(const Table& table) {
  List columns;
  std::vector<std::string> names;
  std::vector<bool> numeric;
  for (const auto& column : table.columns) {
    numeric.push_back(column.rfind('#', 0) == 0);
    names.push_back(numeric.back() ? column.substr(1) : column);
    columns.push_back(
        Object{{"title", names.back()}, {"align", numeric.back() ? "number" : "text"}});
  }
  List rows;
  for (const auto& row : table.rows) {
    List cells;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const auto& cell = row.cells[i];
      const bool number = i < numeric.size() && numeric[i];
      cells.push_back(Object{{"head", i == 0},
                             {"text", cell.text},
                             {"note", cell.note},
                             {"has_note", !cell.note.empty()},
                             {"has_bar", cell.bar >= 0},
                             {"bar", fmt::format("{:.1f}", cell.bar * 100.0)},
                             {"label", i < names.size() ? names[i] : ""},
                             {"cell_style", (number ? "number " : "text ") + cell.style}});
    }
    rows.push_back(Object{{"cells", cells}, {"row_style", row.style}});
  }
  return Object{{"caption", table.caption}, {"columns", columns}, {"rows", rows}};
}

}  // namespace assay::scenarios
