#include "scenarios/run/public_data.h"

#include <ATen/core/Tensor.h>

#include "core/io/safetensors.h"

namespace assay::scenarios {

void save_public_data(const Dataset& data, const std::filesystem::path& file) {
  TensorFile out;
  out.tensors = {{"inputs", data.inputs}, {"labels", data.labels}};
  out.note = {{"class_names", data.class_names}};
  save_safetensors(out, file);
}

Dataset load_public_data(const std::filesystem::path& file) {
  const auto in = load_safetensors(file);
  return {in.at("inputs"), in.at("labels"),
          in.note.value("class_names", std::vector<std::string>())};
}

void hide_feature(const std::filesystem::path& from, std::int64_t feature,
                  const std::filesystem::path& to) {
  auto data = load_public_data(from);
  data.inputs = data.inputs.clone();
  data.inputs.select(1, feature).zero_();
  save_public_data(data, to);
}

}  // namespace assay::scenarios
