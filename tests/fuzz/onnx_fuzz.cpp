// ONNX files become models, or are refused.
#include <stdexcept>

#include "core/models/onnx/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    assay::onnx_file::import_graph(
        assay::onnx_file::parse({reinterpret_cast<const std::byte*>(data), size}), "model");
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
