#include "dp/preprocessing/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "dp/preprocessing/record_code.h"

namespace assay::dp {
namespace {

[[noreturn]] void refuse(const LayoutColumn& column, const std::string& why) {
  throw std::invalid_argument(fmt::format("column '{}': {}", column.name, why));
}

/// Sums of squares over 10^10 records fit into 128 bits; identifiers are not summed.
constexpr std::int64_t kFarthest = 1'000'000'000, kFarthestKey = 1'000'000'000'000'000;
constexpr std::int64_t kMostOneHot = 4096;

void check(const LayoutColumn& c) {
  if (c.name.empty()) throw std::invalid_argument("expected a name of every column");
  const auto farthest = c.use == ColumnUse::key ? kFarthestKey : kFarthest;
  if (c.low > c.high || c.low < -farthest || c.high > farthest) {
    refuse(c, fmt::format("expected codes from low to high, got {} to {}", c.low, c.high));
  }
  if (c.use == ColumnUse::constant && c.low != c.high) {
    refuse(c, fmt::format("expected one code of a constant, got {} to {}", c.low, c.high));
  }
  if (c.use == ColumnUse::scaled &&
      (c.scale_low >= c.scale_high || c.scale_low < -kFarthest || c.scale_high > kFarthest)) {
    refuse(c, fmt::format("expected a scale from low to high, got {} to {}", c.scale_low,
                          c.scale_high));
  }
  if ((c.use == ColumnUse::one_hot || c.use == ColumnUse::label) && c.codes() > kMostOneHot) {
    refuse(c, fmt::format("expected at most {} codes, got {}", kMostOneHot, c.codes()));
  }
  const bool no_substitute = c.use == ColumnUse::label || c.use == ColumnUse::key;
  if (no_substitute && c.impute != Imputation::refuse) {
    refuse(c, "expected no imputation of a label or a key");
  }
  if (c.published) {
    for (const auto value : {c.published->mean, c.published->median, c.published->mode}) {
      if (value < c.low || value > c.high)
        refuse(c,
               fmt::format("expected published codes of {} to {}, got {}", c.low, c.high, value));
    }
    if (!(c.published->spread >= 0.0)) refuse(c, "expected a spread that is not negative");
  }
}

}  // namespace

void CensusLayout::validate() const {
  std::set<std::string_view> names;
  std::size_t labels = 0;
  for (const auto& column : columns) {
    check(column);
    if (!names.insert(column.name).second) refuse(column, "expected every name once");
    labels += column.use == ColumnUse::label;
  }
  if (labels != 1) {
    throw std::invalid_argument(fmt::format("expected one label column, got {}", labels));
  }
  if (class_names.size() != static_cast<std::size_t>(columns[label()].codes())) {
    throw std::invalid_argument(fmt::format("expected {} class names, got {}",
                                            columns[label()].codes(), class_names.size()));
  }
  if (feature_names().empty()) throw std::invalid_argument("expected a column with features");
  // So that a line of plain numbers of 18 digits at most cannot be overlong.
  if (longest_line_bytes < 32 * columns.size() || longest_line_bytes > (1U << 20U)) {
    throw std::invalid_argument(fmt::format("expected longest_line_bytes of {} to {}, got {}",
                                            32 * columns.size(), 1U << 20U, longest_line_bytes));
  }
  RecordCode{*this};
}

std::size_t CensusLayout::label() const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [](const auto& c) { return c.use == ColumnUse::label; });
  return static_cast<std::size_t>(found - columns.begin());
}

std::vector<std::string> CensusLayout::feature_names() const {
  std::vector<std::string> names;
  for (const auto& column : columns) {
    if (column.use == ColumnUse::scaled) names.push_back(column.name);
    if (column.use != ColumnUse::one_hot) continue;
    for (auto code = column.low; code <= column.high; ++code)
      names.push_back(fmt::format("{}_{}", column.name, code));
  }
  return names;
}

}  // namespace assay::dp
