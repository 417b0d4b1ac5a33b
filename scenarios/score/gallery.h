#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>

namespace assay::scenarios {

/// A picture [C, H, W] in [0, 1] (1 or 3 channels) as a PNG file; values outside are clamped.
/// Errors: std::invalid_argument for another shape; std::runtime_error for I/O.
std::string to_png(const at::Tensor& picture);
void save_png(const at::Tensor& picture, const std::filesystem::path& file);

}  // namespace assay::scenarios
