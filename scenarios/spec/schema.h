#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace assay::scenarios {

/// The JSON schema (draft-07) of scenario files, made from the same descriptions that the reader
/// follows; for editors.
nlohmann::ordered_json scenario_schema();

/// The scenario reference in Markdown, made from the schema.
std::string scenario_reference(const nlohmann::ordered_json& schema);

}  // namespace assay::scenarios
