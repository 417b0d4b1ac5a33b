#include "core/io/safetensors_front.h"

#include <cstring>
#include <nlohmann/json.hpp>

namespace assay {

std::string safetensors_front(std::span<const TensorPlan> tensors, const nlohmann::json& note) {
  nlohmann::json header;
  header["__metadata__"] = {{"format", "assay"}, {"note", note.dump()}};
  std::uint64_t begin = 0;
  for (const auto& tensor : tensors) {
    header[tensor.name] = {{"dtype", tensor.type},
                           {"shape", tensor.shape},
                           {"data_offsets", {begin, begin + tensor.bytes}}};
    begin += tensor.bytes;
  }
  auto text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the format asks for an aligned header
  const std::uint64_t length = text.size();
  std::string out(sizeof length, '\0');
  std::memcpy(out.data(), &length, sizeof length);
  return out + text;
}

}  // namespace assay
