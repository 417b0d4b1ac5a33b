#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/data_error.h"

namespace assay {

/// What becomes of a column of the census file.
struct CensusColumn {
  enum class Use {
    constant,  // the same code on every row of the file: checked, then dropped
    one_hot,   // one 0/1 feature for each code from low to high
    scaled,    // one feature: min-max over scale_low..scale_high, values beyond clipped
    label
  };
  std::string_view name;
  Use use;
  std::int64_t low, high;  // what the codebook allows, both included
  std::int64_t scale_low,
      scale_high;  // public ranges: never statistics of the rows, which would leak
};

/// The columns of the file, in its order.
std::span<const CensusColumn> census_columns();

/// The features and the classes that these columns give, in order.
std::vector<std::string> census_feature_names();
std::vector<std::string> census_class_names();
/// Those that are 0 or 1.
std::vector<std::string> census_flags();
/// The position of a feature. Errors: std::invalid_argument if there is none of this name.
std::size_t census_feature(std::string_view name);

struct CensusLine {
  std::size_t line = 0;  // counted from 1; the header is line 1
  std::string what;
};

/// What happened to the rows: rows_read = rows_kept + refused.size().
struct CensusReport {
  std::int64_t rows_read = 0, rows_kept = 0;
  std::vector<CensusLine>
      repaired;  // kept, after reading a field in another form than a plain integer
  std::vector<CensusLine> refused;  // left out
  std::int64_t values_clipped = 0;  // values of kept rows outside their column's scaling range

  /// The report as a few lines of text: counts, then each reason with its line numbers.
  std::vector<std::string> lines() const;
};

struct CensusRecords {
  std::vector<std::string> feature_names;  // [F]
  std::vector<float> features;             // [N, F], each in [0, 1]
  std::vector<std::uint8_t> labels;        // [N]: 1 if employed
  CensusReport report;
};

/// Reads the Census 2000 5% sample of Fulton County, Georgia (`FultonPUMS5full.csv`).
///
/// All columns but the label become features; `state` and `fips`, constant in one county, are
/// dropped, and the seven `puma` areas become seven 0/1 features. A number written as 1.00E+05,
/// with a zero fraction, or with spaces around it is repaired; a row with another number of fields,
/// an empty field, no whole number, or a value that the codebook does not allow is refused. Either
/// is reported with its line.
///
/// Errors: DataError if the text is no CSV, or its header does not name the 18 columns.
CensusRecords parse_census(std::span<const std::byte> bytes, std::string_view name);

}  // namespace assay
