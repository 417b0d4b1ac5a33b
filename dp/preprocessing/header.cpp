#include "dp/preprocessing/header.h"

#include <algorithm>

#include "core/data/data_error.h"
#include "dp/preprocessing/fields.h"

namespace assay::dp {

CensusHeader read_header(std::string_view line, const CensusLayout& layout, std::string_view file,
                         std::size_t line_number) {
  const auto place = at_line(line_number, 1);
  if (line.size() > layout.longest_line_bytes) {
    throw DataError(file, place,
                    "a header of at most " + std::to_string(layout.longest_line_bytes) + " bytes",
                    std::to_string(line.size()));
  }
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  std::vector<Field> fields;
  if (!split_fields(line, fields)) {
    throw DataError(file, place, "a header with quotes around whole names", describe(line));
  }
  CensusHeader header;
  const auto& columns = layout.columns;
  for (const auto& field : fields) {
    const auto name = trimmed(field.text);
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const auto& column) { return column.name == name; });
    if (found == columns.end()) {
      throw DataError(file, place, "a header with the columns of " + layout.name, describe(name));
    }
    const auto index = static_cast<std::size_t>(found - columns.begin());
    if (std::find(header.column.begin(), header.column.end(), index) != header.column.end()) {
      throw DataError(file, place, "every column name once", describe(name) + " twice");
    }
    header.names.emplace_back(name);
    header.column.push_back(index);
  }
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (std::find(header.column.begin(), header.column.end(), c) == header.column.end()) {
      throw DataError(file, place, "a column " + describe(columns[c].name),
                      std::to_string(fields.size()) + " columns without it");
    }
  }
  return header;
}

}  // namespace assay::dp
