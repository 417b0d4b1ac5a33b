#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/data/data_error.h"

namespace assay {

/// A grey image; samples from 0 (black) to maxval (white), row by row from the top left.
struct PgmImage {
  std::int64_t width = 0, height = 0;
  std::uint16_t maxval = 0;  // 1 to 65535
  std::vector<std::uint16_t> samples;
};

/// Reads a portable graymap, plain (P2) or raw (P5; two bytes per sample, big-endian, if maxval >
/// 255).
///
/// As the Netpbm documentation has it, a "#" before the whitespace that delimits the raster starts
/// a comment through the next line end, even inside a number; one whitespace character then ends
/// the header of a P5. Comments inside a plain raster are read over too, as Netpbm's own tools do.
/// Only one image is read: what follows it may be whitespace, nothing else. The memory used is
/// bounded by the bytes given, whatever the header claims.
///
/// Errors: DataError for another magic number, numbers out of range, samples above maxval, a raster
/// that is cut short, and bytes after it.
/// Source: Netpbm, "The PGM Format" and "The PBM Format".
PgmImage parse_pgm(std::span<const std::byte> bytes, std::string_view name);

}  // namespace assay
