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
/// A copy of the file in which a feature of every record is 0: for an attack that is to find it.
void hide_feature(const std::filesystem::path& from, std::int64_t feature,
                  const std::filesystem::path& to);

}  // namespace assay::scenarios
