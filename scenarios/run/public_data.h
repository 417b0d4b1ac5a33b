#pragma once

#include <filesystem>

#include "core/data/dataset.h"

namespace assay::scenarios {

/// The public records of a training, or the candidates of a membership experiment without the
/// answer, in a file of their own, so that an attack's process needs no path to where the private
/// ones lie. Errors: std::runtime_error for I/O; loading:
/// std::invalid_argument for a malformed file.
void save_public_data(const Dataset& data, const std::filesystem::path& file);
Dataset load_public_data(const std::filesystem::path& file);

}  // namespace assay::scenarios
