#include "dp/preprocessing/options.h"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

namespace assay::dp {

namespace {

/// For reports, whatever bytes a file's name has.
std::string printable(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto code = static_cast<unsigned char>(c);
    out += code >= 0x20 && code < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", code);
  }
  return out;
}

}  // namespace

std::vector<std::string> PrepareOptions::input_names() const {
  std::vector<std::string> names;
  for (const auto& input : inputs)
    names.push_back(printable(input.filename().string()));
  if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) return names;
  names.clear();
  for (const auto& input : inputs)
    names.push_back(printable(input.string()));
  return names;
}

void PrepareOptions::validate() const {
  // The index of duplicates keeps 16 bits for the file.
  if (inputs.empty() || inputs.size() > 65536) {
    throw std::invalid_argument(fmt::format("expected 1 to 65536 inputs, got {}", inputs.size()));
  }
  if (threads < 1 || threads > 1024) {
    throw std::invalid_argument(fmt::format("expected 1 to 1024 threads, got {}", threads));
  }
  // Lines of a chunk are counted in 32 bits.
  if (chunk_bytes < 1 || chunk_bytes > (std::size_t{1} << 30U)) {
    throw std::invalid_argument(
        fmt::format("expected chunks of 1 to {} bytes, got {}", 1U << 30U, chunk_bytes));
  }
  layout.validate();
}

}  // namespace assay::dp
