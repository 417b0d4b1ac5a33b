#include "core/data/census.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <variant>

#include "core/data/csv.h"

namespace assay {
namespace {

using Use = CensusColumn::Use;

// Accepted ranges: the width of each field and its codes in the 2000 PUMS record layout (U.S.
// Census Bureau, PUMS/06-US): age has two digits; educ runs from 1 (no schooling) to 16
// (doctorate); the questionnaire takes amounts up to 999,999 dollars, and its two components that
// can be losses are bottom-coded at -10,000 each. Scaling ranges are public choices of this table;
// dollars above 100,000 are clipped, because over the whole accepted range most incomes would fall
// into a few hundredths.
constexpr auto kColumns = std::to_array<CensusColumn>({
    {"state", Use::constant, 13, 13, 13, 13},
    {"puma", Use::one_hot, 1101, 1107, 1101, 1107},
    {"sex", Use::scaled, 0, 1, 0, 1},
    {"age", Use::scaled, 0, 99, 0, 99},
    {"educ", Use::scaled, 1, 16, 1, 16},
    {"income", Use::scaled, -20000, 999999, 0, 100000},
    {"latino", Use::scaled, 0, 1, 0, 1},
    {"black", Use::scaled, 0, 1, 0, 1},
    {"asian", Use::scaled, 0, 1, 0, 1},
    {"married", Use::scaled, 0, 1, 0, 1},
    {"divorced", Use::scaled, 0, 1, 0, 1},
    {"uscitizen", Use::scaled, 0, 1, 0, 1},
    {"children", Use::scaled, 0, 1, 0, 1},
    {"disability", Use::scaled, 0, 1, 0, 1},
    {"militaryservice", Use::scaled, 0, 1, 0, 1},
    {"employed", Use::label, 0, 1, 0, 1},
    {"englishability", Use::scaled, 0, 1, 0, 1},
    {"fips", Use::constant, 13121, 13121, 13121, 13121},
});

struct Number {
  std::int64_t value = 0;
  bool repaired = false;
};

/// A whole number, in plain digits or in a form that means one; nothing otherwise.
std::optional<Number> read_number(std::string_view text) {
  Number out;
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  const auto trimmed = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  out.repaired = trimmed.size() != text.size();

  const char* end = trimmed.data() + trimmed.size();
  auto parsed = std::from_chars(trimmed.data(), end, out.value);
  if (parsed.ec == std::errc() && parsed.ptr == end) return out;

  double number = 0;
  parsed = std::from_chars(trimmed.data(), end, number);
  // Below 1e15 every whole double is exact; larger ones, infinities and NaN fit no column anyway.
  if (parsed.ec != std::errc() || parsed.ptr != end || !(std::abs(number) < 1e15) ||
      number != std::floor(number)) {
    return std::nullopt;
  }
  out.value = static_cast<std::int64_t>(number);
  out.repaired = true;
  return out;
}

struct Row {
  std::array<std::int64_t, kColumns.size()> values{};
  std::string repairs;  // empty: none
};

/// The row's values in the order of kColumns, or why it is refused.
std::variant<Row, std::string> read_row(const CsvRow& csv,
                                        const std::array<std::size_t, kColumns.size()>& where) {
  if (csv.fields.size() != kColumns.size()) {
    return "expected " + std::to_string(kColumns.size()) + " fields, got " +
           std::to_string(csv.fields.size());
  }
  Row row;
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    const auto& column = kColumns[c];
    const auto& text = csv.fields[where[c]];
    const auto number = read_number(text);
    const auto label = std::string(column.name) + ": ";
    if (!number) return label + "expected a whole number, got " + describe(text);
    if (number->value < column.low || number->value > column.high) {
      return label + "expected " + std::to_string(column.low) + " to " +
             std::to_string(column.high) + ", got " + std::to_string(number->value);
    }
    row.values[c] = number->value;
    if (number->repaired) {
      row.repairs += (row.repairs.empty() ? "" : "; ") + label + describe(text) + " read as " +
                     std::to_string(number->value);
    }
  }
  return row;
}

void append_features(const Row& row, CensusRecords& out) {
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    const auto& column = kColumns[c];
    const auto value = row.values[c];
    switch (column.use) {
      case Use::constant:
        break;
      case Use::label:
        out.labels.push_back(static_cast<std::uint8_t>(value));
        break;
      case Use::one_hot:
        for (auto code = column.low; code <= column.high; ++code) {
          out.features.push_back(value == code ? 1.0F : 0.0F);
        }
        break;
      case Use::scaled: {
        const auto clipped = std::clamp(value, column.scale_low, column.scale_high);
        out.report.values_clipped += clipped != value;
        out.features.push_back(static_cast<float>(clipped - column.scale_low) /
                               static_cast<float>(column.scale_high - column.scale_low));
        break;
      }
    }
  }
}

/// Where each of kColumns stands in the file.
std::array<std::size_t, kColumns.size()> find_columns(const std::vector<std::string>& header,
                                                      std::string_view name) {
  std::array<std::size_t, kColumns.size()> where{};
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    const auto found = std::find(header.begin(), header.end(), kColumns[c].name);
    if (found == header.end()) {
      throw DataError(name, at_line(1, 1), "a column " + describe(kColumns[c].name),
                      std::to_string(header.size()) + " columns without it");
    }
    where[c] = static_cast<std::size_t>(found - header.begin());
  }
  if (header.size() != kColumns.size()) {
    throw DataError(name, at_line(1, 1), std::to_string(kColumns.size()) + " columns",
                    std::to_string(header.size()));
  }
  return where;
}

void append_reasons(const std::vector<CensusLine>& entries, std::string_view verb,
                    std::vector<std::string>& out) {
  std::map<std::string_view, std::string> lines_of;
  for (const auto& entry : entries) {
    auto& lines = lines_of[entry.what];
    lines += (lines.empty() ? "" : ", ") + std::to_string(entry.line);
  }
  for (const auto& [what, lines] : lines_of) {
    out.push_back(std::string(verb) + " (" + std::string(what) + "): line " + lines);
  }
}

}  // namespace

std::span<const CensusColumn> census_columns() {
  return kColumns;
}

std::vector<std::string> census_feature_names() {
  std::vector<std::string> out;
  for (const auto& column : kColumns) {
    if (column.use == Use::scaled) out.emplace_back(column.name);
    if (column.use != Use::one_hot) continue;
    for (auto code = column.low; code <= column.high; ++code) {
      out.push_back(std::string(column.name) + "_" + std::to_string(code));
    }
  }
  return out;
}

std::vector<std::string> census_flags() {
  std::vector<std::string> out;
  for (const auto& column : kColumns) {
    if (column.use == Use::scaled && column.low == 0 && column.high == 1)
      out.emplace_back(column.name);
  }
  return out;
}

std::size_t census_feature(std::string_view name) {
  const auto names = census_feature_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw std::invalid_argument("census: expected the name of a feature, got '" +
                                std::string(name) + "'");
  }
  return static_cast<std::size_t>(found - names.begin());
}

std::vector<std::string> census_class_names() {
  return {"not employed", "employed"};
}

std::vector<std::string> CensusReport::lines() const {
  std::vector<std::string> out = {
      std::to_string(rows_read) + " rows read, " + std::to_string(rows_kept) + " kept, " +
      std::to_string(repaired.size()) + " of these repaired, " + std::to_string(refused.size()) +
      " refused; " + std::to_string(values_clipped) + " values clipped to their scaling range"};
  append_reasons(repaired, "repaired", out);
  append_reasons(refused, "refused", out);
  return out;
}

CensusRecords parse_census(std::span<const std::byte> bytes, std::string_view name) {
  const auto table = parse_csv(bytes, name);
  const auto where = find_columns(table.header, name);
  CensusRecords out;
  out.feature_names = census_feature_names();
  for (const auto& csv : table.rows) {
    ++out.report.rows_read;
    const auto result = read_row(csv, where);
    if (const auto* why = std::get_if<std::string>(&result)) {
      out.report.refused.push_back({csv.line, *why});
      continue;
    }
    const auto& row = std::get<Row>(result);
    if (!row.repairs.empty()) out.report.repaired.push_back({csv.line, row.repairs});
    append_features(row, out);
    ++out.report.rows_kept;
  }
  return out;
}

}  // namespace assay
