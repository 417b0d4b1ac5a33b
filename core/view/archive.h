#pragma once

#include <filesystem>

#include "core/view/view.h"

namespace assay {

/// Views as files: what a training cell recorded is read back by its attack cells.
class ViewArchive {
 public:
  /// Errors: std::runtime_error for I/O.
  static void save(const View& view, const std::filesystem::path& file);
  /// Errors: std::runtime_error for I/O; std::invalid_argument for a malformed file.
  static View load(const std::filesystem::path& file);
};

}  // namespace assay
