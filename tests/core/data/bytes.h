// What the tests of the data formats share.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/data_error.h"
#include "tests/catch.h"

namespace assay {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
  Bytes out(text.size());
  if (!text.empty()) std::memcpy(out.data(), text.data(), text.size());
  return out;
}

inline Bytes bytes_of(std::initializer_list<int> values) {
  Bytes out;
  for (int value : values)
    out.push_back(static_cast<std::byte>(value));
  return out;
}

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes big_endian(std::uint32_t value) {
  return bytes_of({static_cast<int>(value >> 24U), static_cast<int>(value >> 16U & 255U),
                   static_cast<int>(value >> 8U & 255U), static_cast<int>(value & 255U)});
}

/// The message of the DataError that `call` throws.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const DataError& error) {
    const std::string where = error.name() + ":" + error.location() + ": ";
    CHECK(std::string(error.what()).substr(0, where.size()) == where);
    return error.what();
  }
  return "(accepted)";
}

/// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "assay-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

  std::filesystem::path write(const std::filesystem::path& name,
                              std::span<const std::byte> bytes) const {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    REQUIRE(file);
    return path;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace assay
