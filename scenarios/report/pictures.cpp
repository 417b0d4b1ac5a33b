#include "scenarios/report/pictures.h"

#include <algorithm>
#include <fstream>

#include "scenarios/report/text.h"

namespace assay::scenarios {
namespace {

/// A plain name: no folder, no "..".
bool plain(const std::string& name) {
  const auto known = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), known);
}

}  // namespace

std::string Pictures::data_uri(const std::string& cell, const std::string& file) {
  namespace fs = std::filesystem;
  if (!plain(cell) || !plain(file)) return "";
  const auto path = folder_ / "cells" / cell / "gallery" / file;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(path, error))) return "";
  const auto size = static_cast<std::int64_t>(fs::file_size(path, error));
  if (error || size > kMostBytes - used_) {
    left_out_ += error ? 0 : 1;
    return "";
  }
  std::ifstream in(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (bytes.rfind("\x89PNG\r\n\x1a\n", 0) != 0) return "";
  used_ += size;
  return "data:image/png;base64," + base64(bytes);
}

}  // namespace assay::scenarios
