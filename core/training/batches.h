#pragma once

#include <cstdint>
#include <vector>

#include "core/random/stream.h"

namespace assay {

/// Endless mini-batches of one client's records: each pass is a fresh random order, and no record
/// comes twice within a pass. A batch larger than the data is all of it.
class Batches {
 public:
  /// Errors: std::invalid_argument if there are no records.
  Batches(std::vector<std::int64_t> records, std::int64_t batch, Stream stream);

  std::vector<std::int64_t> next();

 private:
  std::vector<std::int64_t> records_;
  std::int64_t batch_;
  Stream stream_;
  std::vector<std::int64_t> order_;
  std::size_t used_ = 0;
};

}  // namespace assay
