#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/data/pool.h"

namespace assay {

/// Larger than any table that fits the memory of the machines that train on it.
inline constexpr std::size_t kPreparedLimitBytes = std::size_t{1} << 36U;

struct PreparedPool {
  Pool pool;
  /// "age: mean", ...: statistics of these very records that their preparing used. No claim about
  /// the records covers them.
  std::vector<std::string> private_statistics;
};

/// What a file of prepared records says of itself.
struct PreparedForm {
  std::vector<std::string> feature_names, class_names;
  std::int64_t records = 0;
};

/// Reads no more than the file's header. Errors: std::invalid_argument, naming the file, if it is
/// no file of prepared records; std::runtime_error if it cannot be read.
PreparedForm read_prepared_form(const std::filesystem::path& file);
/// The same of these features and classes.
PreparedForm read_prepared_form(const std::filesystem::path& file,
                                std::span<const std::string> feature_names,
                                std::span<const std::string> class_names);

/// Records that `assay prepare` wrote: a safetensors file of `inputs` float32 [N, F] and `labels`
/// int64 [N], whose note says what they are.
///
/// Errors: std::invalid_argument, naming the file, for anything else, for other features or classes
/// than these, labels that are no class, and values that are not finite.
PreparedPool read_prepared(const SourceFile& file, std::span<const std::string> feature_names,
                           std::span<const std::string> class_names);
/// The same, whatever its features and classes are.
PreparedPool read_prepared(const SourceFile& file);

}  // namespace assay
