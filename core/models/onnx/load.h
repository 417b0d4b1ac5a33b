#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/models/forward.h"

namespace assay {

/// A trained model from an ONNX file: its architecture as a ModelSpec, named after the file, with
/// weights (float32) and the kept statistics of its normalisations. What it may hold: import.h.
///
/// The batch of one is left out of the spec's shapes. The file's weights, and other constants that
/// are no single numbers, become parameters, so that the model can be trained on; one that several
/// layers take is one parameter.
/// Errors: std::invalid_argument naming the node for what is not supported, and for files that are
/// not an ONNX model; std::runtime_error if the file cannot be read.
Model load_onnx(const std::filesystem::path& file);
/// The same from the bytes of such a file.
Model read_onnx(std::string_view bytes, const std::string& name);

}  // namespace assay
