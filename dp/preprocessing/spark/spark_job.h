#pragma once

#include <array>
#include <string_view>

#include "dp/preprocessing/prepare.h"

namespace assay::dp {

/// The same cleaning on Apache Spark: two Python files that this library carries. The first is run
/// with a job description and leaves the parts of the outputs in a staging folder; it imports the
/// other.
struct SparkFile {
  const char* name;
  std::string_view text;
};
std::array<SparkFile, 2> spark_files();

/// What the job is to do, as its argument's JSON. `master` as Spark writes it: local[2],
/// spark://host:7077, ... The staging folder, and the inputs' absolute paths, must mean the same to
/// every worker.
/// Errors: as open_sources.
nlohmann::json spark_job(const PrepareOptions& options, const std::string& master,
                         const std::filesystem::path& staging);

/// Joins the parts of a job that has ended into the outputs: the same bytes as prepare_census
/// writes.
/// Errors: TooManyRefused; std::runtime_error for parts that lack or do not fit together, and for
/// inputs that changed meanwhile.
Prepared finish_spark_job(const PrepareOptions& options, const std::filesystem::path& staging);

}  // namespace assay::dp
