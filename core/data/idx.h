#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/data/data_error.h"

namespace assay {

/// An array of unsigned bytes, row-major.
struct IdxArray {
  std::vector<std::int64_t> dims;  // 1 to 4 of them, each >= 1
  std::vector<std::uint8_t> values;
};

/// Reads an IDX file, the format of MNIST.
///
/// Layout: two zero bytes, the element type, the number of dimensions, each dimension as a
/// big-endian 32-bit number, then the elements. Only unsigned bytes are read; the memory used is
/// bounded by the bytes given, whatever the header claims.
///
/// Errors: DataError for another magic number, element type or number of dimensions, an empty
/// dimension, and for fewer or more bytes than the dimensions need.
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "the IDX file format".
IdxArray parse_idx(std::span<const std::byte> bytes, std::string_view name);

}  // namespace assay
