#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/data_error.h"

namespace assay {

struct CsvRow {
  std::size_t line = 0;  // where the row starts, counted from 1
  std::vector<std::string> fields;
};

struct CsvTable {
  std::vector<std::string> header;  // no name twice
  std::vector<CsvRow> rows;  // as many fields as each row has: the caller decides what that means
};

/// Reads comma-separated values with a header row, strictly by RFC 4180.
///
/// Rows end with LF or CRLF, the last one with or without; a field in double quotes may hold
/// commas, line ends and doubled quotes. Spaces belong to the field. A UTF-8 byte order mark is
/// skipped. An empty line is a row of one empty field.
///
/// Errors: DataError (line:column) for no header, a column name used twice, a quote inside an
/// unquoted field, text after a closing quote, a quote that is never closed, a carriage return
/// without a line feed, and NUL bytes: after any of these no reader can know where the next field
/// starts.
CsvTable parse_csv(std::span<const std::byte> bytes, std::string_view name);

}  // namespace assay
