#include "dp/preprocessing/generate/dirt.h"

#include <fmt/format.h>

#include <array>

#include "dp/preprocessing/fields.h"

namespace assay::dp {
namespace {

struct Facts {
  std::string_view name, finding;
};
constexpr std::array<Facts, static_cast<std::size_t>(Injected::kinds)> kFacts = {{
    {"none", ""},
    {"crlf", ""},
    {"carriage_return", "repaired/carriage_return"},
    {"byte_order_mark", "repaired/byte_order_mark"},
    {"quoted_number", "repaired/quoted_number"},
    {"income_exponent", "repaired/number_form"},
    {"zero_fraction", "repaired/number_form"},
    {"spaces", "repaired/number_form"},
    {"blank_field", "imputed/missing_value"},
    {"missing_marker", "imputed/missing_value"},
    {"missing_label", "refused/missing_value"},
    {"out_of_range", "refused/out_of_range"},
    {"text", "refused/not_a_number"},
    {"fraction", "refused/not_a_number"},
    {"infinity", "refused/not_a_number"},
    {"not_utf8", "refused/not_a_number"},
    {"nul_byte", "refused/nul_byte"},
    {"stray_quote", "refused/stray_quote"},
    {"open_quote", "refused/stray_quote"},
    {"too_few_fields", "refused/field_count"},
    {"too_many_fields", "refused/field_count"},
    {"overlong_line", "refused/overlong_line"},
    {"blank_line", "blank/blank_line"},
    {"space_line", "blank/blank_line"},
    {"repeated_header", "header/repeated_header"},
    {"duplicate", "duplicate/duplicate"},
}};

using Texts = std::array<std::string, kCensusFields>;

void append_fields(std::string& out, const Texts& texts) {
  for (std::size_t c = 0; c < texts.size(); ++c) {
    if (c > 0) out += ',';
    out += texts[c];
  }
}

/// The row's clean text.
void append_numbers(std::string& out, const CensusRow& row) {
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (c > 0) out += ',';
    if (const auto value = row[c]; value >= 0 && value < 10) {
      out += static_cast<char>('0' + value);
    } else {
      const fmt::format_int text(row[c]);
      out.append(text.data(), text.size());
    }
  }
}

/// 125030 as 1.25E+05: three digits, which the row then has too.
std::string three_digits(std::int64_t value) {
  return fmt::format("{:.2E}", static_cast<double>(value));
}

/// A code that no codebook has: above the valid ones.
std::int64_t invalid_code(std::size_t column, Stream& stream) {
  return fulton_layout().columns[column].high + 1 + stream.below(8);
}

/// Spoils one field; the column.
std::size_t spoil_field(Texts& texts, const CensusRow& row, Injected dirt, Stream& stream) {
  auto column = static_cast<std::size_t>(stream.below(kCensusFields));
  switch (dirt) {
    case Injected::income_exponent:
      texts[column = kIncome] = three_digits(row[kIncome]);
      break;
    case Injected::missing_label:
      texts[column = kEmployed].clear();
      break;
    case Injected::blank_field:
    case Injected::missing_marker:
      if (column == kEmployed) column = kAge;
      texts[column] = dirt == Injected::blank_field ? "" : "NA";
      break;
    case Injected::quoted_number:
      texts[column] = '"' + texts[column] + '"';
      break;
    case Injected::zero_fraction:
      texts[column] += ".0";
      break;
    case Injected::spaces:
      texts[column] = (stream.below(2) == 0 ? " " : "\t") + texts[column] + "  ";
      break;
    case Injected::out_of_range:
      texts[column] = std::to_string(invalid_code(column, stream));
      break;
    case Injected::text:
      texts[column] = stream.below(2) == 0 ? "unknown" : "1O";
      break;
    case Injected::fraction:
      texts[column] += ".5";
      break;
    case Injected::infinity:
      texts[column] = stream.below(2) == 0 ? "inf" : "-nan";
      break;
    case Injected::not_utf8:
      texts[column] += "\xff\xfe";
      break;
    case Injected::nul_byte:
      texts[column] += '\0';
      break;
    case Injected::stray_quote:
      texts[column] += "\"";
      break;
    case Injected::open_quote:
      texts[column].insert(0, "\"");
      break;
    default:
      break;
  }
  return column;
}

}  // namespace

std::string_view to_string(Injected dirt) {
  return kFacts[static_cast<std::size_t>(dirt)].name;
}

std::string_view finding_of(Injected dirt) {
  return kFacts[static_cast<std::size_t>(dirt)].finding;
}

int line_offset(Injected dirt) {
  return dirt >= Injected::blank_line && dirt < Injected::kinds;
}

std::string_view census_header() {
  static const std::string header = [] {
    std::string out;
    for (const auto& column : fulton_layout().columns)
      out += (out.empty() ? "\"" : ",\"") + column.name + "\"";
    return out + "\n";
  }();
  return header;
}

std::string_view append_row(std::string& out, CensusRow row, Injected dirt, Stream& stream) {
  const auto start = out.size();
  switch (dirt) {
    case Injected::none:
      append_numbers(out, row);
      out += '\n';
      return {};
    case Injected::crlf:
      append_numbers(out, row);
      out += "\r\n";
      return {};
    case Injected::carriage_return:
      append_numbers(out, row);
      out += '\r';
      return {};
    case Injected::byte_order_mark:
      out += kByteOrderMark;
      append_numbers(out, row);
      out += '\n';
      return {};
    case Injected::overlong_line:
      append_numbers(out, row);
      // Now and then longer than what is read at once.
      out.append(
          static_cast<std::size_t>(stream.below(64) == 0 ? 2'000'000 : 4096 + stream.below(4096)),
          '0');
      out += '\n';
      return {};
    case Injected::too_few_fields:
      append_numbers(out, row);
      out.resize(out.rfind(','));
      out += '\n';
      return {};
    case Injected::too_many_fields:
      append_numbers(out, row);
      out += ",0\n";
      return {};
    case Injected::blank_line:
      append_numbers(out, row);
      out += "\n\n";
      return {};
    case Injected::space_line:
      append_numbers(out, row);
      out += "\n \t \n";
      return {};
    case Injected::repeated_header:
      append_numbers(out, row);
      out += '\n';
      out += census_header();
      return {};
    case Injected::duplicate: {
      append_numbers(out, row);
      out += '\n';
      const auto copy = out.substr(start);
      out += copy;
      return {};
    }
    default:
      break;
  }
  Texts texts;
  for (std::size_t c = 0; c < kCensusFields; ++c)
    texts[c] = std::to_string(row[c]);
  const auto column = spoil_field(texts, row, dirt, stream);
  append_fields(out, texts);
  out += '\n';
  return fulton_layout().columns[column].name;
}

}  // namespace assay::dp
