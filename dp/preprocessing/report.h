#pragma once

#include "core/io/streamed_file.h"
#include "dp/preprocessing/counts.h"
#include "dp/preprocessing/layout.h"

namespace assay::dp {

/// The report of every finding, in the order of the lines, and its counts.
class Report {
 public:
  Report(const CensusLayout& layout, const std::filesystem::path& file);

  /// A line's findings come one after another. `line` is counted from 1 in its file.
  void add(std::string_view file, std::int64_t line, const Finding& finding);

  PrepareCounts& counts() { return counts_; }
  StreamedFile& file() { return file_; }
  void flush();

 private:
  const CensusLayout& layout_;
  StreamedFile file_;
  PrepareCounts counts_;
  std::string held_;
  std::string last_file_[2];
  std::int64_t last_line_[2] = {0, 0};  // with a repair; with an imputation
};

}  // namespace assay::dp
