#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace assay {

/// Something could not be written: the disk is full, read-only, not ours. Trying again may help,
/// once there is room.
class WriteError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Writes a file whole or not at all: to a temporary name in the same folder, synced, then renamed.
/// The file is readable by its owner only (0600); folders that are missing are made (0700). A
/// device or a pipe (/dev/stdout) is written to directly.
/// Errors: WriteError naming the file and the system's reason (disk full, read-only, ...).
void write_file_atomically(const std::filesystem::path& path, std::string_view contents);

/// Errors: std::runtime_error naming the file and the system's reason.
std::string read_text_file(const std::filesystem::path& path);

/// Makes a folder and its parents, readable by their owner only.
/// Errors: WriteError naming the folder and the system's reason.
void make_private_folder(const std::filesystem::path& path);

/// Syncs a folder's entries to disk, so that a rename in it survives a crash.
/// Errors: WriteError naming the folder and the system's reason.
void sync_folder(const std::filesystem::path& path);

}  // namespace assay
