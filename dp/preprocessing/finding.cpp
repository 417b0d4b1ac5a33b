#include "dp/preprocessing/finding.h"

#include <array>

namespace assay::dp {
namespace {

constexpr std::array<std::string_view, kDirtKinds> kDirtNames = {
    "carriage_return", "byte_order_mark", "quoted_number", "number_form",    "missing_value",
    "overlong_line",   "nul_byte",        "stray_quote",   "field_count",    "not_a_number",
    "out_of_range",    "duplicate",       "blank_line",    "repeated_header"};
constexpr std::array<std::string_view, 6> kRepairNames = {"repaired",  "imputed", "refused",
                                                          "duplicate", "blank",   "header"};

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string_view to_string(Dirt dirt) {
  return kDirtNames[static_cast<std::size_t>(dirt)];
}
std::string_view to_string(Repair repair) {
  return kRepairNames[static_cast<std::size_t>(repair)];
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, kShown)) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code < 0x7f) {
      out += c;
    } else {
      out += {'\\', 'x', kDigits[code >> 4U], kDigits[code & 15U]};
    }
  }
  return out + (text.size() > kShown ? "..." : "");
}

void append_csv(std::string& out, std::string_view file, std::int64_t line, std::string_view column,
                const Finding& finding) {
  append_quoted(out, file);
  out.append(",").append(std::to_string(line));
  out.append(",").append(to_string(finding.repair));
  out.append(",").append(to_string(finding.dirt)).append(",");
  append_quoted(out, column);
  out += ',';
  append_quoted(out, finding.found);
  out += ',';
  append_quoted(out, finding.done);
  out += '\n';
}

}  // namespace assay::dp
