#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace assay {

/// Levels of arrays and objects that a JSON document may nest. The library copies and writes
/// documents recursively, so that a hostile one could exhaust the stack.
constexpr int kDeepestJson = 64;

/// Reads one JSON document from a source that is not trusted.
/// Errors: std::invalid_argument if it is malformed or nested more deeply than kDeepestJson.
nlohmann::json parse_json(std::string_view text);

}  // namespace assay
