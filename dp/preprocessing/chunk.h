#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "dp/preprocessing/line_cleaner.h"

namespace assay::dp {

/// Reads at an offset: as many bytes as there are, up to the span's size.
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<char> to)>;

/// The whole lines of a file that start in one byte range. A line ends with a line feed, a carriage
/// return and a line feed, a carriage return alone, or the file.
struct Chunk {
  std::string bytes;
  std::uint64_t beyond = 0;  ///< bytes of the last line, an overlong one, that are not held
};

/// The chunk of [begin, end). Ranges that cover a file give chunks that cover its lines, each once.
/// Memory: the range and one line, whatever the lines' lengths.
/// Errors: those of `read`.
Chunk read_chunk(const ReadAt& read, std::uint64_t file_bytes, std::uint64_t begin,
                 std::uint64_t end, std::size_t longest_line_bytes);

/// What the lines of a chunk are, in order.
struct CleanChunk {
  std::int64_t lines = 0;
  std::int64_t headers = 0, blanks = 0, refused = 0;
  std::vector<std::uint64_t> codes;     ///< of the records
  std::vector<std::uint32_t> lines_of;  ///< the line of each record, counted from 0
  std::vector<Finding> findings;        ///< by line
};

/// `first_header`: the first header of the chunk is the file's own, which is no finding.
/// `wants_lines`: fill lines_of.
CleanChunk clean_chunk(const Chunk& chunk, LineCleaner& cleaner, bool first_header,
                       bool wants_lines);

}  // namespace assay::dp
