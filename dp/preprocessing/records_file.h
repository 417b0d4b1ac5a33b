#pragma once

#include <span>

#include "core/io/streamed_file.h"
#include "dp/preprocessing/prepare.h"

namespace assay::dp {

/// records.safetensors, written piece by piece: first all inputs, then all labels.
class RecordsFile {
 public:
  /// `prepared` says what stands in the file's note: all but counts and digests of outputs.
  RecordsFile(const PrepareOptions& options, const Prepared& prepared, std::int64_t rows);

  void append_inputs(std::span<const float> features) { append(std::as_bytes(features)); }
  void append_labels(std::span<const std::int64_t> labels) { append(std::as_bytes(labels)); }
  void append(std::span<const std::byte> bytes) { file_.append(bytes); }

  std::string sha256() const { return file_.sha256(); }
  /// Errors: std::logic_error unless everything was appended; WriteError.
  void commit();

 private:
  StreamedFile file_;
  std::uint64_t size_ = 0;
};

inline constexpr const char* kRecordsFile = "records.safetensors";
inline constexpr const char* kReportFile = "report.csv";
inline constexpr const char* kPreparedFile = "prepared.json";

}  // namespace assay::dp
