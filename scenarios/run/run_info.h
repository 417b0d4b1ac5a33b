#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace assay::scenarios {

/// Versions, compiler, libraries and machine: what `assay env` prints and run.json keeps.
nlohmann::ordered_json environment_info();

/// Short text that is equal where results can be compared unit by unit: toolkit, libraries, CPU
/// kind.
std::string environment_fingerprint(const nlohmann::json& info);

}  // namespace assay::scenarios
