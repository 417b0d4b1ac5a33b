#pragma once

#include <string>
#include <string_view>

#include "dp/preprocessing/generate/recipe.h"

namespace assay::dp {

/// Dirt that is put into generated files: what census extracts were seen to hold, and what breaks
/// readers of CSV.
enum class Injected : std::uint8_t {
  none,
  crlf,             // a carriage return and a line feed: no finding
  carriage_return,  // alone, as some extracts end their lines
  byte_order_mark,  // as files that were joined have inside
  quoted_number,    // "51"
  income_exponent,  // 1.00E+05
  zero_fraction,    // 51.0
  spaces,           // around a number
  blank_field,
  missing_marker,  // NA
  missing_label,
  out_of_range,
  text,      // in place of a number
  fraction,  // 51.5
  infinity,  // inf, nan
  not_utf8,
  nul_byte,
  stray_quote,  // inside a field
  open_quote,   // never closed
  too_few_fields,
  too_many_fields,
  overlong_line,
  blank_line,       // after the row
  space_line,       // after the row
  repeated_header,  // after the row
  duplicate,        // the row once more
  kinds
};

std::string_view to_string(Injected dirt);

/// What a report says of it: "refused/out_of_range", ...; "" for no finding; of a duplicate, what
/// it says where duplicates are dropped.
std::string_view finding_of(Injected dirt);

/// How many lines after its row's the dirt is on: 1 for the kinds that add a line.
int line_offset(Injected dirt);

/// The generated file's header, with its line end.
std::string_view census_header();

/// Appends one row with its dirt, and the line that the dirt adds. Lines never start with a line
/// feed, so that a carriage return alone stays alone. The column that the dirt is in, if it is in
/// one.
std::string_view append_row(std::string& out, CensusRow row, Injected dirt, Stream& stream);

}  // namespace assay::dp
