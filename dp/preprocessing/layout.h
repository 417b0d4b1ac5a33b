#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::dp {

/// What becomes of a column.
enum class ColumnUse {
  constant,  ///< one code on every line: checked, then dropped
  key,       ///< an identifier: part of what makes a duplicate, and dropped
  one_hot,   ///< one 0/1 feature for each code from low to high
  scaled,    ///< one feature
  label      ///< the class, counted from `low`; the layout has exactly one
};

/// What stands in for a missing value.
enum class Imputation {
  refuse,  ///< nothing: the line is left out
  mean,    ///< the mean by integer sums, rounded to the nearest whole number, halves up
  median,  ///< the lower median
  mode     ///< the most frequent code, the smallest of several
};

/// What public data say about a column, or what the private records do.
struct ColumnStatistics {
  std::int64_t mean = 0, median = 0, mode = 0;  ///< of the codes, rounded as Imputation says
  double center = 0,
         spread = 1;  ///< mean and standard deviation of the codes, clipped to the scale

  bool operator==(const ColumnStatistics&) const = default;
};

struct LayoutColumn {
  std::string name;
  ColumnUse use = ColumnUse::scaled;
  std::int64_t low = 0, high = 1;              ///< valid codes, both included
  std::int64_t scale_low = 0, scale_high = 1;  ///< `scaled`: values beyond are clipped
  Imputation impute = Imputation::refuse;      ///< never of labels; of a constant, its code
  std::optional<ColumnStatistics> published;   ///< from public data, if there are any

  std::int64_t codes() const { return high - low + 1; }
};

/// A census file's columns, and how each is checked, repaired and encoded. Free of torch.
struct CensusLayout {
  std::string name;
  std::vector<LayoutColumn> columns;
  std::vector<std::string> missing = {"", "NA", "."};  ///< what a missing value looks like
  std::vector<std::string> class_names;                ///< one for each code of the label
  std::string published_source;                        ///< where `published` comes from, in words
  std::size_t longest_line_bytes = 4096;

  /// Errors: std::invalid_argument for an empty range, no or several labels, a name used twice,
  /// scales that are no range, more codes than a record's 64 bits hold (see RecordCode), ...
  void validate() const;

  std::size_t label() const;  ///< its index
  std::vector<std::string> feature_names() const;
};

/// The 18 columns of the Census 2000 5% sample of Fulton County, Georgia, as census_columns() has
/// them; the published statistics are those of the file that ships in data/pums, which a test
/// computes anew. Missing ages become the mean, years of schooling and incomes the median, other
/// codes the mode; a line without a label is left out.
const CensusLayout& fulton_layout();

std::string_view to_string(ColumnUse use);
std::string_view to_string(Imputation rule);
/// Errors: std::invalid_argument naming the choices.
Imputation parse_imputation(std::string_view text);

nlohmann::json to_json(const CensusLayout& layout);
/// Errors: std::invalid_argument naming the field, and as validate().
CensusLayout layout_from_json(const nlohmann::json& json);

}  // namespace assay::dp
