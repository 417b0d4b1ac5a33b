#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/data/data_error.h"

namespace assay {

/// True if the bytes start with gzip's magic number, 1f 8b.
bool is_gzip(std::span<const std::byte> bytes);

/// What a gzip file holds, all of its members one after the other (RFC 1952).
///
/// `limit_bytes` bounds the result, so that a small file cannot fill the memory.
///
/// Errors: DataError for bytes that are no gzip, a wrong checksum or length, a file that is cut
/// short, bytes after the last member, and more than limit_bytes; std::runtime_error if zlib runs
/// out of memory.
std::vector<std::byte> gunzip(std::span<const std::byte> bytes, std::string_view name,
                              std::size_t limit_bytes);

}  // namespace assay
