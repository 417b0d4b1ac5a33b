#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace assay::dp {

/// A regular file that several threads read at once.
class InputFile {
 public:
  /// Errors: std::invalid_argument with the path and the system's reason: missing, no regular file,
  /// no permission.
  explicit InputFile(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

  /// As many bytes as there are from `offset` on, up to to.size().
  /// Errors: std::runtime_error.
  std::size_t read(std::uint64_t offset, std::span<char> to) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace assay::dp
