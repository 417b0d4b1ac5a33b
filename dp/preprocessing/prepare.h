#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dp/preprocessing/counts.h"
#include "dp/preprocessing/options.h"

namespace assay::dp {

struct PreparedInput {
  std::string name, sha256;
  std::uint64_t bytes = 0;
};

/// What was written into the folder: records.safetensors (`inputs` float32 [rows, features],
/// `labels` int64 [rows]), report.csv (every finding) and prepared.json (this).
struct Prepared {
  PrepareCounts counts;
  UsedStatistics statistics;
  std::vector<PreparedInput> inputs;
  std::vector<std::string> feature_names;
  std::string records_sha256, report_sha256;
};

/// More lines were refused than allowed, or none is left: the report was written, records were not.
class TooManyRefused : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Cleans census files into tensors, in this process: chunks of lines are read, parsed and encoded
/// by several threads and written in the input's order, so the number of threads changes no byte.
/// Memory: a few megabytes for each thread, and with OnDuplicate::drop the index of duplicates;
/// 8 bytes of disk for each record on the way.
///
/// Errors: std::invalid_argument as PrepareOptions::validate, and for a file that cannot be read;
/// DataError for a header that is not the layout's; TooManyRefused; std::runtime_error for I/O.
Prepared prepare_census(const PrepareOptions& options);

nlohmann::json to_json(const Prepared& prepared, const PrepareOptions& options);

}  // namespace assay::dp
