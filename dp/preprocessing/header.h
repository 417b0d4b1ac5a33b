#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dp/preprocessing/layout.h"

namespace assay::dp {

/// The columns of one file, in its order.
struct CensusHeader {
  std::vector<std::string> names;
  std::vector<std::size_t> column;  ///< of the layout, for each of them
};

/// Reads a header line: the layout's columns, each once, in any order. A byte order mark, quotes,
/// and spaces around names are allowed. `file` and `line` are for messages.
/// Errors: DataError.
CensusHeader read_header(std::string_view line, const CensusLayout& layout, std::string_view file,
                         std::size_t line_number);

}  // namespace assay::dp
