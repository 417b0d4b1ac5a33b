#pragma once

#include <filesystem>

#include "core/view/auxiliary.h"

namespace assay::scenarios {

/// A shadow model with the candidates that it was trained on, as a file.
/// Errors: std::runtime_error for I/O; loading: std::invalid_argument for a malformed file.
void save_shadow(const ShadowModel& shadow, const std::filesystem::path& file);
ShadowModel load_shadow(const std::filesystem::path& file);

}  // namespace assay::scenarios
