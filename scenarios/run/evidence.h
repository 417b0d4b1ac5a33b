#pragma once

#include <filesystem>

#include "core/attack.h"

namespace assay::scenarios {

/// Evidence as a file, between the attack's process and the scorer's.
void save_evidence(const Evidence& evidence, const std::filesystem::path& file);
/// Errors: std::runtime_error for I/O; std::invalid_argument for a malformed file.
Evidence load_evidence(const std::filesystem::path& file);

}  // namespace assay::scenarios
