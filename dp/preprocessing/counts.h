#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dp/preprocessing/finding.h"

namespace assay::dp {

/// What became of the lines.
struct PrepareCounts {
  std::int64_t lines = 0;  ///< = written + refused + duplicates + blank + header
  std::int64_t written = 0, refused = 0, duplicates = 0, blank = 0, header = 0;
  std::int64_t repaired_lines = 0, imputed_lines = 0;  ///< of the written ones and headers
  std::map<std::string, std::int64_t> findings;        ///< "refused/out_of_range": how many
  std::map<std::string, std::int64_t> imputed;         ///< values, by column
  std::int64_t clipped = 0;                            ///< values written at their scale's end

  bool add_up() const { return lines == written + refused + duplicates + blank + header; }
  bool operator==(const PrepareCounts&) const = default;
};

nlohmann::json to_json(const PrepareCounts& counts);
/// Errors: std::invalid_argument.
PrepareCounts counts_from_json(const nlohmann::json& json);

}  // namespace assay::dp
