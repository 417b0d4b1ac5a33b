#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::dp {

struct Field {
  std::string text;  ///< between the quotes, if there were any
  bool quoted = false;
};

/// The comma-separated fields of one line, by RFC 4180 but that a quoted field ends with its line:
/// no census value holds a line end, so an unclosed quote spoils its own line and no other. False
/// for a quote that is not closed, that stands inside an unquoted field, or that text follows.
bool split_fields(std::string_view line, std::vector<Field>& fields);

/// Without the spaces and tabs around it.
std::string_view trimmed(std::string_view text);

/// The byte order mark of UTF-8.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace assay::dp
