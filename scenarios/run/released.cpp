#include "scenarios/run/released.h"

#include "core/io/safetensors.h"
#include "core/training/evaluate.h"

namespace assay::scenarios {

nlohmann::json utility_of(const Model& model, const Corpus& corpus) {
  if (corpus.targets > 0)
    return {{"test_rmse", rmse(model, corpus.test)}, {"train_rmse", rmse(model, corpus.train)}};
  return {{"test_accuracy", accuracy(model, corpus.test)},
          {"train_accuracy", accuracy(model, corpus.train)}};
}

void save_model(const Model& model, const std::filesystem::path& file) {
  TensorFile out;
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    out.tensors[parameters_of(model.spec)[i].name] = model.parameters[i];
  }
  out.note = {{"model", assay::to_json(model.spec)}};
  save_safetensors(out, file);
}

}  // namespace assay::scenarios
