#pragma once

#include <filesystem>
#include <string>

#include "dp/preprocessing/prepare.h"

namespace assay::scenarios {

struct SparkOptions {
  std::string master = "local[2]";  ///< as Spark writes it
  std::filesystem::path python;  ///< one that has pyspark; empty: what `./setup --with spark` made
};

/// Runs the carried Spark job in a Python process and joins its parts: what prepare_census writes,
/// byte for byte. The parts lie in a folder of options.out meanwhile, which every worker must see.
///
/// Errors: std::invalid_argument if there is no Python to run, and as prepare_census;
/// std::runtime_error with what the job said last, if it failed.
dp::Prepared prepare_on_spark(const dp::PrepareOptions& options, const SparkOptions& spark);

}  // namespace assay::scenarios
