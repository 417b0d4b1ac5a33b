#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay {

/// Named tensors with a note, in the safetensors format (header length u64 | JSON header | data),
/// which other tools read too. Types: float32, float64, int64, bool.
struct TensorFile {
  std::map<std::string, at::Tensor> tensors;
  nlohmann::json note = nlohmann::json::object();  ///< kept as text under __metadata__.note

  /// Errors: std::out_of_range naming the tensor.
  const at::Tensor& at(const std::string& name) const;
};

/// What a file says of its tensors, without them.
struct TensorFileHeader {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  nlohmann::json note = nlohmann::json::object();
};

std::string to_safetensors(const TensorFile& file);
/// Errors: std::invalid_argument for anything malformed; never reads outside `bytes`.
TensorFile from_safetensors(std::string_view bytes);

/// Written whole or not at all, readable by its owner only.
/// Errors: std::runtime_error for I/O; std::invalid_argument, with the file's name, if malformed.
void save_safetensors(const TensorFile& file, const std::filesystem::path& path);
TensorFile load_safetensors(const std::filesystem::path& path);
/// Reads no more of the file than it must. Errors as load_safetensors.
TensorFileHeader load_safetensors_header(const std::filesystem::path& path);

}  // namespace assay
