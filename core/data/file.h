#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace assay {

/// More than any file that the loaders know: the largest, MNIST's training images, has 47 MB.
inline constexpr std::size_t kFileLimitBytes = std::size_t{1} << 30U;

/// The bytes of a file.
///
/// Errors: std::runtime_error with the path and the reason: missing, not a regular file (a
/// directory, a pipe), no permission, more than limit_bytes, or a read that fails.
std::vector<std::byte> read_file(const std::filesystem::path& path,
                                 std::size_t limit_bytes = kFileLimitBytes);

}  // namespace assay
