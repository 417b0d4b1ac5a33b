#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/data/data_error.h"

namespace assay {

/// Records of 32x32 colour images.
struct CifarRecords {
  std::vector<std::uint8_t> labels;  // [N], each 0 to 9
  std::vector<std::uint8_t> pixels;  // [N, 3, 32, 32]: red, green, blue planes, rows from the top
};

/// Reads a file of CIFAR-10's binary version: per record one label byte and 3,072 pixel bytes.
///
/// Errors: DataError for no record, a size that is no multiple of 3,073 bytes, and a label above 9
/// (which names the record, counted from 0).
/// Source: A. Krizhevsky, "The CIFAR-10 dataset", section "binary version".
CifarRecords parse_cifar10(std::span<const std::byte> bytes, std::string_view name);

}  // namespace assay
