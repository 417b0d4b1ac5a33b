#include "core/io/json_text.h"

#include <fmt/format.h>

#include <stdexcept>

namespace assay {

nlohmann::json parse_json(std::string_view text) {
  using nlohmann::json;
  const auto limit_depth = [](int depth, json::parse_event_t, json&) {
    if (depth > kDeepestJson) {
      throw std::invalid_argument(
          fmt::format("expected at most {} nested levels of JSON", kDeepestJson));
    }
    return true;
  };
  try {
    return json::parse(text, limit_depth);
  } catch (const json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    const std::string message = error.what();
    const auto bracket = message.find("] ");
    throw std::invalid_argument(bracket == message.npos ? message : message.substr(bracket + 2));
  }
}

}  // namespace assay
