#pragma once

#include <string>
#include <string_view>

#include "scenarios/spec/node.h"

namespace assay::scenarios {

/// What a scenario file may hold, so that a hostile one ends in an error and not in a full memory.
struct YamlLimits {
  std::size_t bytes = 1 << 20;
  std::size_t nodes = 20'000;  ///< after aliases are expanded
  int depth = 40;
};

/// Reads one YAML document.
///
/// Stricter than YAML: duplicate keys, keys that are not plain names, tags, several documents,
/// bytes that are no text, and aliases inside their own anchor are errors. Torch-free, so that a
/// fuzzer can be built from this file alone. Errors: SpecError.
Node parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits = {});

}  // namespace assay::scenarios
