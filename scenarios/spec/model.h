#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/models/forward.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// An ONNX file that a scenario names as its model.
struct ModelFile {
  std::string bytes;
  std::string sha256;  ///< of the bytes
  Model model;         ///< what they say; named "onnx", wherever the file lies
};

/// Reads the ONNX file that the scenario names, if it does, and makes its path absolute.
/// Errors: SpecError at the field "onnx" if it cannot be read, is no ONNX model or holds something
/// that is not supported; at "sha256" if it is another file than expected.
void read_model_file(Spec& spec, const std::filesystem::path& folder);

/// Checks that the model takes the data set's records and gives what the loss takes.
/// Errors: std::invalid_argument.
void check_model(const Spec& spec);

/// The model of a scenario on its data.
ModelSpec model_of(const Spec& spec);

/// The weights that training starts from, where they are the file's; empty: drawn for each seed.
Parameters first_weights_of(const ModelSection& model);

/// The part of a cell's key: all that results depend on. Of a file its bytes, and not where it is.
nlohmann::json identity_of(const ModelSection& model);

/// For people: the model's name, or the file's.
std::string title_of(const ModelSection& model);

}  // namespace assay::scenarios
