#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

namespace assay::scenarios {

using Data = kainjow::mustache::data;
using Object = kainjow::mustache::object;
using List = kainjow::mustache::list;

/// One field of an HTML table.
struct TableCell {
  TableCell(std::string cell_text, std::string cell_style = "", std::string cell_note = "")
      : text(std::move(cell_text)), style(std::move(cell_style)), note(std::move(cell_note)) {}
  TableCell(const char* cell_text) : text(cell_text) {}

  std::string text, style;
  std::string note;   ///< smaller, beneath the text
  double bar = -1.0;  ///< in [0, 1]: the share of the field that a bar fills; negative: no bar
};

/// A table with a caption. The first column names its rows.
struct Table {
  std::string caption;
  std::vector<std::string> columns;  ///< numbers when they start with "#", which is not shown
  struct Row {
    std::vector<TableCell> cells;
    std::string style;
  };
  std::vector<Row> rows;

  void add(std::vector<TableCell> cells, std::string style = "") {
    rows.push_back({std::move(cells), std::move(style)});
  }
};

/// For the partial {{> table}}. All text is escaped there.
Data to_data(const Table& table);

}  // namespace assay::scenarios
