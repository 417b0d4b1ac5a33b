#include "dp/preprocessing/outputs.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"

namespace assay::dp {
namespace {

/// Of an earlier preparing into the same folder: it would describe other records.
void forget(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

}  // namespace

void check_refused(const PrepareOptions& options, const PrepareCounts& counts,
                   StreamedFile& report) {
  const bool exceeded =
      options.max_refused && options.max_refused->exceeded(counts.refused, counts.lines);
  if (!exceeded && counts.written > 0) return;
  forget(options.out / kPreparedFile);
  forget(options.out / kRecordsFile);
  report.commit();
  const auto why =
      exceeded ? fmt::format("expected at most {:g}{} refused lines, got {} of {}",
                             options.max_refused->value, options.max_refused->percent ? " %" : "",
                             counts.refused, counts.lines)
               : fmt::format("expected a record, got none in {} lines", counts.lines);
  throw TooManyRefused(
      fmt::format("{}; no records were written, {} says why", why, report.path().string()));
}

void commit_outputs(const PrepareOptions& options, Prepared& prepared, RecordsFile& records,
                    StreamedFile& report) {
  if (!prepared.counts.add_up()) {
    throw std::logic_error(fmt::format("{} lines do not add up: {}", prepared.counts.lines,
                                       to_json(prepared.counts).dump()));
  }
  forget(options.out / kPreparedFile);
  prepared.records_sha256 = records.sha256();
  prepared.report_sha256 = report.sha256();
  records.commit();
  report.commit();
  write_file_atomically(options.out / kPreparedFile, to_json(prepared, options).dump(2) + "\n");
}

}  // namespace assay::dp
