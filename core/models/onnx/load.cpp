#include "core/models/onnx/load.h"

#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "core/models/onnx/import.h"

namespace assay {
namespace {

Parameters tensors(const std::vector<ParameterSpec>& specs,
                   const std::vector<std::vector<float>>& values) {
  Parameters out;
  for (std::size_t i = 0; i < specs.size(); ++i)
    out.push_back(at::tensor(values[i], at::kFloat).reshape(specs[i].shape));
  return out;
}

}  // namespace

Model load_onnx(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof())
    throw std::runtime_error(fmt::format("expected to read {}, could not", file.string()));
  return read_onnx(bytes, file.stem().string());
}

Model read_onnx(std::string_view bytes, const std::string& name) {
  const auto graph = onnx_file::parse(std::as_bytes(std::span(bytes)));
  const auto imported = onnx_file::import_graph(graph, name);
  return {imported.spec, tensors(parameters_of(imported.spec), imported.parameters),
          tensors(statistics_of(imported.spec), imported.statistics)};
}

}  // namespace assay
