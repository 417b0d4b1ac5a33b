#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace assay::scenarios {

/// Scenarios and log files are written by others: their text is made safe for each output here.
/// Mustache escapes what goes into HTML.

/// Every byte that is not part of valid UTF-8 (RFC 3629) becomes U+FFFD.
std::string valid_utf8(std::string_view text);

/// At most `length` bytes of valid UTF-8, with "…" where something was cut off.
std::string shortened(std::string_view text, std::size_t length);

/// JSON that may stand inside a <script> element: no "<", no U+2028 or U+2029.
std::string json_for_html(const nlohmann::json& value);

/// One line of Markdown that means itself: punctuation escaped, line breaks made spaces.
std::string markdown_text(std::string_view text);

/// Without the characters that XML 1.0 has no way to write.
std::string xml_text(std::string_view text);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace assay::scenarios
