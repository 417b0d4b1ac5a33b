#include "scenarios/spec/model.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/data/corpus.h"
#include "core/data/sha256.h"
#include "core/io/atomic_file.h"
#include "core/models/onnx/load.h"
#include "scenarios/spec/writer.h"

namespace assay::scenarios {
namespace {

bool starts_from_file(const ModelSection& model) {
  return model.file && model.weights.value_or("file") == "file";
}

std::string sha256_of(const std::string& bytes) {
  Sha256 digest;
  digest.add(std::as_bytes(std::span(bytes)));
  return digest.hex();
}

/// The node whose function the output is: what only gives it another shape is passed over.
const assay::Node& last_function(const ModelSpec& spec) {
  const auto* node = &spec.nodes.back();
  const auto shapes_only = [](const Layer& layer) {
    return std::holds_alternative<Flatten>(layer) || std::holds_alternative<Reshape>(layer);
  };
  while (shapes_only(node->layer) && node->inputs.front() != assay::Node::kModelInput)
    node = &spec.nodes[static_cast<std::size_t>(node->inputs.front())];
  return *node;
}

/// A model that ends in what the loss does itself would do it twice.
void require_logits(const ModelSpec& spec, Loss loss) {
  const auto& last = last_function(spec);
  const auto* activation = std::get_if<Activate>(&last.layer);
  const bool sigmoid = activation != nullptr && activation->function == Activation::sigmoid;
  const bool softmax = std::holds_alternative<Softmax>(last.layer);
  if (loss == Loss::mse || !(softmax || sigmoid)) return;
  throw std::invalid_argument(fmt::format(
      "expected a model that ends in logits, which the training loss takes, got one that ends in "
      "'{}', a {}: export it without",
      last.name, softmax ? "softmax" : "sigmoid"));
}

/// Texts are looked up, with a row for each token, and nothing else is.
void check_words(const ModelSpec& spec, const CorpusFacts& facts) {
  bool looks_up = false;
  for (const auto& node : spec.nodes) {
    const auto* table = std::get_if<Embedding>(&node.layer);
    if (table == nullptr) continue;
    looks_up = true;
    if (facts.tokens == 0) {
      throw std::invalid_argument(
          fmt::format("'{}' looks up whole numbers, but the records of '{}' are real ones",
                      node.name, facts.name));
    }
    if (table->tokens < facts.tokens) {
      throw std::invalid_argument(
          fmt::format("'{}': expected a row for each of the {} tokens of '{}', got {}", node.name,
                      facts.tokens, facts.name, table->tokens));
    }
  }
  if (facts.tokens > 0 && !looks_up) {
    throw std::invalid_argument(
        fmt::format("expected a model that looks up words (Gather from a constant table), since "
                    "the records of '{}' are texts",
                    facts.name));
  }
}

void check_file(const Spec& spec, const CorpusFacts& facts) {
  const auto& model = spec.model.file->model;
  if (model.spec.input_shape != facts.input_shape) {
    throw std::invalid_argument(fmt::format(
        "expected an input of [batch, {}], as the records of '{}' are, got [batch, {}]",
        fmt::join(facts.input_shape, ", "), facts.name, fmt::join(model.spec.input_shape, ", ")));
  }
  const auto outputs = outputs_of(facts, spec.train.loss);
  if (model.spec.outputs != outputs) {
    throw std::invalid_argument(fmt::format("expected {} output(s) for '{}', got {}", outputs,
                                            facts.name, model.spec.outputs));
  }
  check_words(model.spec, facts);
  require_logits(model.spec, spec.train.loss);
  const auto weights = first_weights_of(spec.model);
  if (!std::all_of(weights.begin(), weights.end(),
                   [](const auto& w) { return w.isfinite().all().template item<bool>(); }))
    throw std::invalid_argument("expected finite weights in the file");
}

}  // namespace

void read_model_file(Spec& spec, const std::filesystem::path& folder) {
  auto& model = spec.model;
  if (!model.onnx) return;
  const auto& mark = spec.marks.at("/model/onnx");
  auto file = std::make_shared<ModelFile>();
  try {
    if (model.onnx->empty()) throw std::invalid_argument("expected the path of an ONNX file");
    const auto path = std::filesystem::absolute(folder / *model.onnx).lexically_normal();
    std::error_code ignored;  // reading tells what is wrong
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
      throw std::invalid_argument(fmt::format("expected an ONNX file, got {}", path.string()));
    model.onnx = path.string();
    file->bytes = read_text_file(path);
    file->sha256 = sha256_of(file->bytes);
  } catch (const std::exception& error) {
    throw SpecError(mark, fmt::format("'onnx': {}", error.what()));
  }
  if (model.sha256 && *model.sha256 != file->sha256) {
    throw SpecError(spec.marks.at("/model/sha256"),
                    fmt::format("'sha256': expected {} of {}, got {}", *model.sha256, *model.onnx,
                                file->sha256));
  }
  try {
    file->model = read_onnx(file->bytes, "onnx");
  } catch (const std::invalid_argument& error) {
    throw SpecError(mark, fmt::format("{}: {}", *model.onnx, error.what()));
  }
  model.sha256 = file->sha256;
  model.file = std::move(file);
}

void check_model(const Spec& spec) {
  const auto& facts = spec.data.facts();
  if (spec.model.file)
    check_file(spec, facts);
  else
    model_of(spec);
}

ModelSpec model_of(const Spec& spec) {
  if (spec.model.file) return spec.model.file->model.spec;
  const auto& facts = spec.data.facts();
  return build_model(spec.model, facts.input_shape, outputs_of(facts, spec.train.loss), facts.graph,
                     facts.tokens);
}

Parameters first_weights_of(const ModelSection& model) {
  return starts_from_file(model) ? model.file->model.parameters : Parameters{};
}

nlohmann::json identity_of(const ModelSection& model) {
  if (!model.file) return canonical(model);
  return {{"onnx", model.file->sha256}, {"weights", starts_from_file(model) ? "file" : "fresh"}};
}

std::string title_of(const ModelSection& model) {
  if (!model.onnx) return model.name;
  const auto name = std::filesystem::path(*model.onnx).filename().string();
  return starts_from_file(model) ? name : name + ", with fresh weights";
}

}  // namespace assay::scenarios
