#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace assay::scenarios {

/// The labels that a scenario grants its attacker (knows: [labels]), and nothing else of the truth:
/// {"victim": [label, ...]}.
/// Errors: as load_truth.
nlohmann::json granted_labels(const std::filesystem::path& truth);

}  // namespace assay::scenarios
