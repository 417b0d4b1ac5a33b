#include "core/io/safetensors.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "core/io/atomic_file.h"
#include "core/io/safetensors_front.h"

namespace assay {
namespace {

using nlohmann::json;

/// Much more than any names and shapes take.
constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{1} << 28U;

struct TypeName {
  at::ScalarType type;
  const char* name;
};
constexpr TypeName kTypes[] = {
    {at::kFloat, "F32"}, {at::kDouble, "F64"}, {at::kLong, "I64"}, {at::kBool, "BOOL"}};

const char* name_of(at::ScalarType type) {
  for (const auto& entry : kTypes) {
    if (entry.type == type) return entry.name;
  }
  throw std::invalid_argument(
      fmt::format("expected a float32, float64, int64 or bool tensor, got {}", at::toString(type)));
}

at::ScalarType type_of(const std::string& name) {
  for (const auto& entry : kTypes) {
    if (entry.name == name) return entry.type;
  }
  throw std::invalid_argument(
      fmt::format("expected a tensor of type F32, F64, I64 or BOOL, got '{}'", name));
}

/// Elements of a shape, refusing negative sizes and sizes that no file can hold.
std::size_t elements(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (auto size : shape) {
    if (size < 0 || (size > 0 && count > (std::size_t{1} << 40) / static_cast<std::size_t>(size))) {
      throw std::invalid_argument(fmt::format("expected a tensor's shape, got a size of {}", size));
    }
    count *= static_cast<std::size_t>(size);
  }
  return count;
}

at::Tensor read_tensor(const std::string& name, const json& entry, std::string_view data) {
  const auto type = type_of(entry.at("dtype").get<std::string>());
  const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
  const auto offsets = entry.at("data_offsets").get<std::vector<std::size_t>>();
  const auto bytes = elements(shape) * at::elementSize(type);
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data.size() ||
      offsets[1] - offsets[0] != bytes) {
    throw std::invalid_argument(
        fmt::format("tensor '{}': expected {} bytes inside the file", name, bytes));
  }
  auto tensor = at::empty(shape, type);
  if (bytes > 0) std::memcpy(tensor.mutable_data_ptr(), data.data() + offsets[0], bytes);
  if (type == at::kBool) {
    // Any other byte than 0 and 1 in a bool is undefined behaviour for whoever reads it.
    for (auto byte : data.substr(offsets[0], bytes)) {
      if (byte != 0 && byte != 1) {
        throw std::invalid_argument(fmt::format("tensor '{}': expected booleans 0 or 1", name));
      }
    }
  }
  return tensor;
}

/// Of the header of a file of `size` bytes, which begins so.
std::uint64_t header_length(std::string_view front, std::uint64_t size) {
  std::uint64_t length = 0;
  if (size < sizeof length)
    throw std::invalid_argument(fmt::format("expected at least 8 bytes, got {}", size));
  std::memcpy(&length, front.data(), sizeof length);
  if (length > std::min<std::uint64_t>(size - sizeof length, kMostHeaderBytes)) {
    throw std::invalid_argument(
        fmt::format("expected a header inside the file, got one of {} bytes", length));
  }
  return length;
}

using OnTensor = std::function<void(const std::string& name, const json& entry)>;

/// Tells of each tensor, and gives the note.
json read_header(std::string_view text, const OnTensor& tell) {
  json note = json::object();
  try {
    const auto header = json::parse(text);
    if (!header.is_object()) throw std::invalid_argument("expected a JSON object as header");
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        if (entry.contains("note")) note = json::parse(entry.at("note").get<std::string>());
      } else {
        tell(name, entry);
      }
    }
  } catch (const json::exception& error) {
    throw std::invalid_argument(fmt::format("malformed header: {}", error.what()));
  }
  return note;
}

}  // namespace

const at::Tensor& TensorFile::at(const std::string& name) const {
  const auto it = tensors.find(name);
  if (it == tensors.end()) throw std::out_of_range(fmt::format("no tensor '{}' in the file", name));
  return it->second;
}

std::string to_safetensors(const TensorFile& file) {
  std::vector<TensorPlan> plans;
  std::string data;
  for (const auto& [name, tensor] : file.tensors) {
    const auto row = tensor.detach().to(at::kCPU).contiguous();
    data.append(static_cast<const char*>(row.const_data_ptr()), row.nbytes());
    plans.push_back({name, name_of(row.scalar_type()), row.sizes().vec(), row.nbytes()});
  }
  return safetensors_front(plans, file.note) + data;
}

TensorFile from_safetensors(std::string_view bytes) {
  const auto length = header_length(bytes, bytes.size());
  const auto data = bytes.substr(sizeof length + length);
  TensorFile file;
  file.note = read_header(bytes.substr(sizeof length, length),
                          [&](const std::string& name, const json& entry) {
                            file.tensors.emplace(name, read_tensor(name, entry, data));
                          });
  return file;
}

void save_safetensors(const TensorFile& file, const std::filesystem::path& path) {
  write_file_atomically(path, to_safetensors(file));
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  try {
    return from_safetensors(read_text_file(path));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", path.string(), error.what()));
  }
}

TensorFileHeader load_safetensors_header(const std::filesystem::path& path) {
  const auto unreadable = [&] {
    return std::runtime_error(fmt::format("{}: cannot read the file", path.string()));
  };
  if (!std::filesystem::is_regular_file(path)) throw unreadable();
  std::ifstream file(path, std::ios::binary);
  const auto read = [&](std::size_t bytes) {
    std::string text(bytes, '\0');
    if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) throw unreadable();
    return text;
  };
  const auto size = std::filesystem::file_size(path);
  TensorFileHeader out;
  try {
    const auto front = read(std::min<std::size_t>(size, sizeof(std::uint64_t)));
    const auto text = read(header_length(front, size));
    out.note = read_header(text, [&](const std::string& name, const json& entry) {
      auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
      elements(shape);
      out.shapes.emplace(name, std::move(shape));
    });
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", path.string(), error.what()));
  }
  return out;
}

}  // namespace assay
