#pragma once

#include <string>
#include <vector>

#include "dp/preprocessing/header.h"
#include "dp/preprocessing/input_file.h"
#include "dp/preprocessing/options.h"

namespace assay::dp {

/// An input whose header has been read.
struct Source {
  std::string name;  ///< in reports
  InputFile file;
  CensusHeader header;
  std::uint64_t header_offset = 0;  ///< where the header's line starts
};

/// Opens the inputs and reads their headers: the first line of each that is not blank.
/// Errors: std::invalid_argument for a file that cannot be read; DataError for another header.
std::vector<Source> open_sources(const PrepareOptions& options);

}  // namespace assay::dp
