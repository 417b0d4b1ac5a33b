#include "dp/preprocessing/line_cleaner.h"

#include <algorithm>

#include "dp/preprocessing/fields.h"
#include "dp/preprocessing/number.h"

namespace assay::dp {
namespace {

std::string range_text(const LayoutColumn& column) {
  return "expected " + std::to_string(column.low) + " to " + std::to_string(column.high);
}

}  // namespace

LineCleaner::LineCleaner(const CensusLayout& layout, const CensusHeader& header)
    : layout_(layout), header_(header), record_(layout) {
  for (const auto c : header.column) {
    const auto& column = layout.columns[c];
    const auto first = record_.put(c, column.low);
    ranges_.push_back({column.low, column.high, record_.put(c, column.low + 1) - first, first});
  }
}

Finding LineCleaner::carriage_return(std::int64_t number) {
  return {number, Dirt::carriage_return,     Repair::repaired,
          -1,     "a carriage return alone", "read as a line end"};
}

CleanLine LineCleaner::refuse(std::int64_t number, Dirt dirt, int column, std::string found,
                              std::string done, std::vector<Finding>& findings,
                              std::size_t keep) const {
  findings.resize(keep);
  findings.push_back(
      {number, dirt, Repair::refused, column, std::move(found), "left out: " + std::move(done)});
  return {LineKind::refused, 0};
}

CleanLine LineCleaner::overlong(std::uint64_t bytes, std::int64_t number,
                                std::vector<Finding>& findings) const {
  return refuse(number, Dirt::overlong_line, -1, std::to_string(bytes) + " bytes",
                "expected at most " + std::to_string(layout_.longest_line_bytes) + " bytes",
                findings, findings.size());
}

bool LineCleaner::is_header(const std::vector<Field>& fields) const {
  return std::equal(
      fields.begin(), fields.end(), header_.names.begin(), header_.names.end(),
      [](const Field& field, const std::string& name) { return trimmed(field.text) == name; });
}

CleanLine LineCleaner::clean(std::string_view line, bool ends_with_carriage_return,
                             std::int64_t number, std::vector<Finding>& findings) {
  const auto keep = findings.size();
  if (line.size() > layout_.longest_line_bytes) return overlong(line.size(), number, findings);
  if (line.find('\0') != std::string_view::npos) {
    return refuse(number, Dirt::nul_byte, -1, shown(line), "expected text without NUL bytes",
                  findings, keep);
  }
  if (ends_with_carriage_return) findings.push_back(carriage_return(number));
  if (line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
    findings.push_back(
        {number, Dirt::byte_order_mark, Repair::repaired, -1, "a byte order mark", "removed"});
  }
  if (trimmed(line).empty()) {
    findings.resize(keep);
    findings.push_back({number, Dirt::blank_line, Repair::blank, -1, shown(line), "skipped"});
    return {LineKind::blank, 0};
  }
  if (!split_fields(line, fields_)) {
    return refuse(number, Dirt::stray_quote, -1, shown(line), "expected quotes around whole fields",
                  findings, keep);
  }
  if (is_header(fields_)) {
    findings.push_back(
        {number, Dirt::repeated_header, Repair::header, -1, "the header", "skipped"});
    return {LineKind::header, 0};
  }
  return clean_fields(number, findings, keep);
}

CleanLine LineCleaner::clean_fields(std::int64_t number, std::vector<Finding>& findings,
                                    std::size_t keep) {
  if (fields_.size() != header_.names.size()) {
    return refuse(number, Dirt::field_count, -1, std::to_string(fields_.size()) + " fields",
                  "expected " + std::to_string(header_.names.size()) + " fields", findings, keep);
  }
  CleanLine out{LineKind::record, 0};
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto& field = fields_[i];
    const auto c = header_.column[i];
    const auto& column = layout_.columns[c];
    const auto index = static_cast<int>(c);
    const auto text = trimmed(field.text);
    if (std::find(layout_.missing.begin(), layout_.missing.end(), text) != layout_.missing.end()) {
      if (column.use == ColumnUse::constant) {
        findings.push_back({number, Dirt::missing_value, Repair::imputed, index, shown(field.text),
                            "the layout's constant"});
      } else if (column.impute == Imputation::refuse) {
        return refuse(number, Dirt::missing_value, index, shown(field.text), "expected a value",
                      findings, keep);
      } else {
        findings.push_back({number, Dirt::missing_value, Repair::imputed, index, shown(field.text),
                            "the " + std::string(to_string(column.impute))});
      }
      continue;
    }
    const auto value = whole_number(text);
    if (!value) {
      return refuse(number, Dirt::not_a_number, index, shown(field.text), "expected a whole number",
                    findings, keep);
    }
    if (*value < column.low || *value > column.high) {
      return refuse(number, Dirt::out_of_range, index, shown(field.text), range_text(column),
                    findings, keep);
    }
    if (field.quoted || !is_plain_number(field.text)) {
      findings.push_back({number, field.quoted ? Dirt::quoted_number : Dirt::number_form,
                          Repair::repaired, index, shown(field.text),
                          "read as " + std::to_string(*value)});
    }
    out.code |= record_.put(c, *value);
  }
  return out;
}

const char* LineCleaner::plain_record(const char* p, const char* end, std::uint64_t& code) const {
  code = 0;
  const std::size_t count = ranges_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const bool negative = p != end && *p == '-';
    p += negative;
    const char* const start = p;
    std::int64_t value = 0;
    // 18 digits cannot overflow; a longer number ends the loop at a digit, which no line allows.
    const char* const stop = end - p > 18 ? p + 18 : end;
    for (; p != stop; ++p) {
      const auto digit = static_cast<unsigned>(*p) - '0';
      if (digit > 9) break;
      value = value * 10 + digit;
    }
    if (p == start) return nullptr;
    if (negative) value = -value;
    const auto& range = ranges_[i];
    if (value < range.low || value > range.high) return nullptr;
    code += range.code_of_low + static_cast<std::uint64_t>(value - range.low) * range.code_unit;
    if (i + 1 == count) break;
    if (p == end || *p != ',') return nullptr;
    ++p;
  }
  return p == end || *p == '\n' || *p == '\r' ? p : nullptr;
}

}  // namespace assay::dp
