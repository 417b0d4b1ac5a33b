#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace assay::dp {

/// Records (see RecordCode) that do not stay in memory: 8 bytes each in a file without a name,
/// which nobody else can open and which is gone when its owner is.
class RecordSpill {
 public:
  /// Errors, here and below: WriteError or std::runtime_error with the system's reason.
  explicit RecordSpill(const std::filesystem::path& folder);
  RecordSpill(const RecordSpill&) = delete;
  RecordSpill& operator=(const RecordSpill&) = delete;
  ~RecordSpill();

  void append(std::span<const std::uint64_t> records);
  std::int64_t size() const { return size_; }
  /// records.size() records from `first` on; any thread.
  void read(std::int64_t first, std::span<std::uint64_t> records) const;

 private:
  int fd_ = -1;
  std::int64_t size_ = 0;
};

}  // namespace assay::dp
