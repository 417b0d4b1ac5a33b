#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dp/preprocessing/fields.h"
#include "dp/preprocessing/finding.h"
#include "dp/preprocessing/header.h"
#include "dp/preprocessing/layout.h"
#include "dp/preprocessing/record_code.h"

namespace assay::dp {

enum class LineKind : std::uint8_t { record, refused, blank, header };

struct CleanLine {
  LineKind kind = LineKind::blank;
  std::uint64_t code = 0;  ///< of a record; see RecordCode
};

/// Takes one line of a file to a record, or says why there is none. Knows nothing of other lines,
/// so any thread, on any machine, finds the same.
class LineCleaner {
 public:
  /// Both must outlive the cleaner.
  LineCleaner(const CensusLayout& layout, const CensusHeader& header);

  /// `line` is without its end, `number` counted from 0 within a chunk. What is found goes to the
  /// back of `findings`: of a refused line the reason alone, of others everything.
  CleanLine clean(std::string_view line, bool ends_with_carriage_return, std::int64_t number,
                  std::vector<Finding>& findings);

  /// The quick way for a line of plain numbers: reads from `begin` and returns where the line's end
  /// stands (a line feed, a carriage return, or `end`); nullptr if the line needs clean().
  const char* plain_record(const char* begin, const char* end, std::uint64_t& code) const;

  /// The refusal of a line of so many bytes, which need not be held.
  CleanLine overlong(std::uint64_t bytes, std::int64_t number,
                     std::vector<Finding>& findings) const;

  /// That a kept line ends with a carriage return alone.
  static Finding carriage_return(std::int64_t number);

 private:
  CleanLine refuse(std::int64_t number, Dirt dirt, int column, std::string found, std::string done,
                   std::vector<Finding>& findings, std::size_t keep) const;
  bool is_header(const std::vector<Field>& fields) const;
  CleanLine clean_fields(std::int64_t number, std::vector<Finding>& findings, std::size_t keep);

  struct Range {
    std::int64_t low, high;
    std::uint64_t code_unit;  // of value low + 1 minus that of low
    std::uint64_t code_of_low;
  };

  const CensusLayout& layout_;
  const CensusHeader& header_;
  RecordCode record_;
  std::vector<Range> ranges_;  // in the file's order
  std::vector<Field> fields_;  // reused
};

}  // namespace assay::dp
