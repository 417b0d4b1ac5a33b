#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace assay::scenarios {

/// Reads the pictures of a run's galleries for a report, which they become part of. File names come
/// from a log that others may have written: nothing outside a gallery is read, and nothing but PNG.
class Pictures {
 public:
  /// All pictures of one report together take at most this many bytes; later ones are left out.
  static constexpr std::int64_t kMostBytes = 24 << 20;

  explicit Pictures(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// "data:image/png;base64,..." of <folder>/cells/<cell>/gallery/<file>; empty if there is no such
  /// picture.
  std::string data_uri(const std::string& cell, const std::string& file);

  /// Pictures that were left out for their size.
  std::int64_t left_out() const { return left_out_; }

 private:
  std::filesystem::path folder_;
  std::int64_t used_ = 0, left_out_ = 0;
};

}  // namespace assay::scenarios
