#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/data/corpus.h"
#include "core/models/forward.h"

namespace assay::scenarios {

/// How well a model does on the records that it has and has not seen: accuracies of classes, root
/// mean square errors of numbers.
nlohmann::json utility_of(const Model& model, const Corpus& corpus);

/// Weights by name, and the ModelSpec as the file's note.
/// Errors: as save_safetensors.
void save_model(const Model& model, const std::filesystem::path& file);

}  // namespace assay::scenarios
