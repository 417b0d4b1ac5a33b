#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dp/preprocessing/layout.h"
#include "dp/preprocessing/record_code.h"

namespace assay::dp {

/// How a `scaled` column becomes a feature.
enum class Scaling {
  range,    ///< its scale to [0, 1]
  standard  ///< of more than two codes: (value - center) / spread; of two: as `range`
};

std::string_view to_string(Scaling scaling);
/// Errors: std::invalid_argument naming the choices.
Scaling parse_scaling(std::string_view text);

/// Whether a column's feature is standardised.
bool is_standardised(const LayoutColumn& column, Scaling scaling);

/// The statistics that an output depends on, and whose they are.
struct UsedStatistics {
  std::vector<std::optional<ColumnStatistics>> columns;  ///< of the layout; absent: not needed
  std::string source;                                    ///< in words
  /// "age: mean", ...: taken from the records themselves, so that no claim about them holds.
  std::vector<std::string> of_private_records;
};

/// What an output would take from statistics: "age: mean", "income: center and spread", by column.
std::vector<std::vector<std::string>> needed_statistics(const CensusLayout& layout,
                                                        Scaling scaling);

/// The layout's published statistics. Errors: std::invalid_argument if one that is needed lacks.
UsedStatistics published_statistics(const CensusLayout& layout, Scaling scaling);

/// How often each code of the columns that need statistics occurs. Memory: 8 bytes for each code.
class CodeCounts {
 public:
  /// Errors: std::invalid_argument for a column of more than 2^24 codes.
  CodeCounts(const CensusLayout& layout, Scaling scaling);

  void add(std::span<const std::uint64_t> records);
  void add(const CodeCounts& other);

  /// Of the records that were added: from whole numbers, so that order and threads change nothing.
  /// Errors: std::runtime_error for a column without a value.
  UsedStatistics statistics() const;

 private:
  const CensusLayout* layout_;
  Scaling scaling_;
  RecordCode record_;
  std::vector<std::vector<std::int64_t>> counts_;  // by column and field; empty: not needed
};

/// Statistics of counts of the codes low, low + 1, ...; total > 0.
ColumnStatistics statistics_of(const LayoutColumn& column, std::span<const std::int64_t> counts);

nlohmann::json to_json(const UsedStatistics& statistics, const CensusLayout& layout);
/// Statistics that another preparing used or took, from its prepared.json; `source` says whose they
/// are. Errors: std::invalid_argument if one that is needed lacks, or is no valid code.
UsedStatistics statistics_from_json(const nlohmann::json& json, const CensusLayout& layout,
                                    Scaling scaling, std::string source);

}  // namespace assay::dp
