#pragma once

#include <filesystem>
#include <string>

namespace assay {

/// A folder of its own among the temporary ones, which only this user may look into (0700). It goes
/// away with its object, contents and all.
class PrivateFolder {
 public:
  /// `purpose` is part of the folder's name. Errors: std::runtime_error if it cannot be made.
  explicit PrivateFolder(const std::string& purpose);
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace assay
