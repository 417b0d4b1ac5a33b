#include "scenarios/run/shadow.h"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include "core/io/safetensors.h"

namespace assay::scenarios {

void save_shadow(const ShadowModel& shadow, const std::filesystem::path& file) {
  TensorFile out;
  const auto names = parameters_of(shadow.model.spec);
  for (std::size_t i = 0; i < names.size(); ++i)
    out.tensors["model." + names[i].name] = shadow.model.parameters[i];
  out.tensors["members"] = shadow.members;
  out.note = {{"model", assay::to_json(shadow.model.spec)}};
  save_safetensors(out, file);
}

ShadowModel load_shadow(const std::filesystem::path& file) {
  const auto in = load_safetensors(file);
  ShadowModel shadow;
  try {
    shadow.model.spec = model_spec_from_json(in.note.at("model"));
    for (const auto& parameter : parameters_of(shadow.model.spec))
      shadow.model.parameters.push_back(in.at("model." + parameter.name));
    shadow.members = in.at("members");
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("{}: malformed shadow model: {}", file.string(), error.what()));
  }
  return shadow;
}

}  // namespace assay::scenarios
