#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/data/sha256.h"

namespace assay {

/// A file that is written piece by piece and appears whole or not at all: until commit() it has a
/// temporary name in the same folder, which goes away with the object. Readable by its owner only
/// (0600); folders that are missing are made (0700).
class StreamedFile {
 public:
  /// Errors, here and below: WriteError naming the file and the system's reason.
  explicit StreamedFile(std::filesystem::path path);
  StreamedFile(const StreamedFile&) = delete;
  StreamedFile& operator=(const StreamedFile&) = delete;
  ~StreamedFile();

  void append(std::span<const std::byte> bytes);
  void append(std::string_view text) { append(std::as_bytes(std::span(text))); }

  std::uint64_t size() const { return size_; }
  /// SHA-256 of what was appended.
  std::string sha256() const { return digest_.hex(); }
  const std::filesystem::path& path() const { return path_; }

  /// Synced and given its name. Nothing may be appended afterwards.
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  Sha256 digest_;
};

}  // namespace assay
