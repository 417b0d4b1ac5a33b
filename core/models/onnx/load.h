#pragma once

#include <filesystem>

#include "core/models/forward.h"

namespace assay {

/// A trained model from an ONNX file: its architecture as a ModelSpec, named after the file, with
/// weights (float32) and the kept statistics of its normalisations. What it may hold: import.h.
///
/// The spec may have other shapes in front of a layer than the file (the batch of one is left out),
/// and numbers its weights as constants of the file, so that it can be trained on.
/// Errors: std::invalid_argument naming the node for what is not supported, and for files that are
/// not an ONNX model; std::runtime_error if the file cannot be read.
Model load_onnx(const std::filesystem::path& file);

}  // namespace assay
