#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::dp {

/// What was found on a line.
enum class Dirt : std::uint8_t {
  carriage_return,  ///< the line ends with a carriage return alone
  byte_order_mark,  ///< at the start of the line
  quoted_number,    ///< a number in quotes
  number_form,      ///< a whole number in another form than its digits: 1.00E+05, spaces around it
  missing_value,    ///< no value
  overlong_line,
  nul_byte,
  stray_quote,  ///< a quote that no reader can make sense of
  field_count,  ///< too few fields, or too many
  not_a_number,
  out_of_range,    ///< a code that the codebook does not have
  duplicate,       ///< the same record as an earlier line's
  blank_line,      ///< nothing, or spaces
  repeated_header  ///< of a file that was joined from several
};
inline constexpr int kDirtKinds = 14;

/// What was done about it.
enum class Repair : std::uint8_t {
  repaired,   ///< read as what it means; the line is written
  imputed,    ///< replaced by a statistic; the line is written
  refused,    ///< the line is left out
  duplicate,  ///< the line is dropped
  blank,      ///< no record
  header      ///< no record
};

std::string_view to_string(Dirt dirt);
std::string_view to_string(Repair repair);

struct Finding {
  std::int64_t line = 0;  ///< counted from 0 within a chunk
  Dirt dirt = Dirt::blank_line;
  Repair repair = Repair::blank;
  int column = -1;  ///< of the layout; -1: of the line as a whole
  std::string found, done;
};

/// Text for a report: what cannot be printed as \x0a, cut after 40 bytes.
std::string shown(std::string_view text);

/// "FILE,LINE,REPAIR,DIRT,COLUMN,FOUND,DONE\n", names and texts in quotes.
void append_csv(std::string& out, std::string_view file, std::int64_t line, std::string_view column,
                const Finding& finding);
inline constexpr std::string_view kReportHeader = "file,line,outcome,kind,column,found,done\n";

}  // namespace assay::dp
